"""
[promises] of code.toml: the promises that the program knows how to keep, as the file writes them.
"""

from collections.abc import Mapping
from datetime import time
from functools import cached_property
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from mailbot.cases.obligation import Does
from mailbot.cases.rulebook.clock_language import (
    parse_acts,
    parse_clock,
    parse_moment,
    parse_within,
)
from mailbot.cases.rulebook.lengths import AtOnce, Moment, Within
from mailbot.cases.rulebook.promise import PlannedStep, Promise
from mailbot.cases.rulebook.table import Table, Text, raise_all, written


def _does(text: str) -> Does:
    # The other two are made of `acts` and `due`.
    if text not in {Does.WARN, Does.ALARM}:
        raise ValueError(f'expected "warn" or "alarm", got "{text}"')
    return Does(text)


def _wants_a_last_day(moment: Moment, within: Within) -> bool:
    return within.is_in_hours and moment.needs_last_day


def _no_last_day(within: Within) -> str:
    return (
        f"{within} have no last day to count from: "
        'write it from the receipt, such as "17:00, 1 working day after receipt"'
    )


class StepTable(Table):
    at: Annotated[Moment, written(parse_moment)]
    does: Annotated[Does, written(_does)]


class PromiseTable(Table):
    """
    One promise as the file writes it; its name is the name of the table.
    """

    clause: Text
    within: Annotated[Within, written(parse_within)]
    acts: Annotated[AtOnce | Moment, written(parse_acts)]
    due: Annotated[time, written(parse_clock)] | None = Field(default=None, validate_default=True)
    steps: tuple[StepTable, ...] = ()

    @field_validator("acts")
    @classmethod
    def _acts_on_a_known_day(cls, acts: AtOnce | Moment, info: ValidationInfo) -> AtOnce | Moment:
        within = info.data.get("within")
        if isinstance(acts, Moment) and within and _wants_a_last_day(acts, within):
            raise ValueError(_no_last_day(within))
        return acts

    @field_validator("due")
    @classmethod
    def _due_on_a_last_day(cls, due: time | None, info: ValidationInfo) -> time | None:
        within = info.data.get("within")
        if within and within.is_in_hours and due is not None:
            raise ValueError(f"leave it out: {within} end at an instant of their own")
        if within and not within.is_in_hours and due is None:
            raise ValueError(f'is needed: the time on the last day of {within}, such as "17:00"')
        return due

    @field_validator("steps")
    @classmethod
    def _steps_on_known_days(
        cls, steps: tuple[StepTable, ...], info: ValidationInfo
    ) -> tuple[StepTable, ...]:
        within = info.data.get("within")
        raise_all(
            ((index, "at"), _no_last_day(within))
            for index, each in enumerate(steps)
            if within and _wants_a_last_day(each.at, within)
        )
        return steps

    def named(self, name: str) -> Promise:
        return Promise(
            name=name,
            clause=self.clause,
            within=self.within,
            acts=self.acts,
            due=self.due,
            steps=tuple(PlannedStep(at=each.at, does=each.does) for each in self.steps),
        )


class Promises(Table):
    """
    The promises that the program knows how to keep. All of them must be written down.
    """

    acknowledge: PromiseTable
    introduce: PromiseTable
    agree_contact: PromiseTable
    keep_contact: PromiseTable
    answer: PromiseTable
    confirm_closure: PromiseTable
    adr_rights: PromiseTable
    credit: PromiseTable
    data_protection: PromiseTable

    @cached_property
    def by_name(self) -> Mapping[str, Promise]:
        """
        Every promise as a value, made once.
        """
        return {name: getattr(self, name).named(name) for name in Promises.model_fields}

    def __copy__(self) -> "Promises":
        # A copy may get other tables: what was made of these is none of its own.
        return self.model_construct(**{name: getattr(self, name) for name in Promises.model_fields})
