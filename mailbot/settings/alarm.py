"""
The section [alarm] of mailbot.toml: a second way for alarms, beside the log.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, field_validator

from mailbot.settings.values import Section, duration


class Alarm(Section):
    #: Most of them hold a secret.
    urls: tuple[SecretStr, ...] = ()
    #: One a line.
    urls_file: str = Field(
        default="", validation_alias=AliasChoices("urls_file", "alarm_urls_file")
    )
    after: Annotated[timedelta, BeforeValidator(duration)] = Field(
        default=timedelta(minutes=5), validate_default=False
    )

    @field_validator("urls_file")
    @classmethod
    def _can_be_read(cls, file: str) -> str:
        if file:
            try:
                Path(file).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as fault:
                raise ValueError(f"{file} cannot be read: {fault}") from fault
        return file

    @property
    def ways(self) -> list[str]:
        """
        Every address, those of the file behind those of the section.
        """
        told = [each.get_secret_value() for each in self.urls]
        if self.urls_file:
            lines = Path(self.urls_file).read_text(encoding="utf-8-sig").splitlines()
            told += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return told
