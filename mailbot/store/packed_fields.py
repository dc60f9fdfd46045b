"""
Columns of what is packed: whoever reads them through their model, or through
`rows.column_reader`, has it as it was. To the database, and to a migration, they are
columns of octets and of text like any other.
"""

from typing import Any

from tortoise.fields import BinaryField, TextField
from tortoise.models import Model

from mailbot.store.packing import Kept, KeptText, packed, packed_text, unpacked, unpacked_text


class PackedField(BinaryField[bytes]):
    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        if value is None or isinstance(value, Kept):
            return value
        return packed(bytes(value))

    def to_python_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Kept):
            return value
        return unpacked(bytes(value))

    def describe(self, serializable: bool) -> dict[str, Any]:
        return _like(BinaryField, super().describe(serializable), serializable)


class PackedTextField(TextField):
    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        return value if isinstance(value, KeptText) else packed_text(value)

    def to_python_value(self, value: Any) -> Any:
        return value if isinstance(value, KeptText) else unpacked_text(value)

    def describe(self, serializable: bool) -> dict[str, Any]:
        return _like(TextField, super().describe(serializable), serializable)


#: What is on its way from one table to the same one elsewhere, by its column's kind.
AS_KEPT: dict[type, type[bytes | str]] = {PackedField: Kept, PackedTextField: KeptText}


def _like(kind: type, described: dict[str, Any], serializable: bool) -> dict[str, Any]:
    return {**described, "field_type": kind.__name__ if serializable else kind}
