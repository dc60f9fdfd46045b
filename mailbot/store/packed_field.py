"""
A column of octets that are packed: whoever reads it through its model, or through
`rows.column_reader`, has the octets as they were.
"""

from typing import Any

from tortoise.fields import BinaryField
from tortoise.models import Model

from mailbot.store.packing import Kept, packed, unpacked


class PackedField(BinaryField[bytes]):
    """
    To the database it is a column of octets like any other.
    """

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        if value is None or isinstance(value, Kept):
            return value
        return packed(bytes(value))

    def to_python_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Kept):
            return value
        return unpacked(bytes(value))

    def describe(self, serializable: bool) -> dict[str, Any]:
        # What a migration compares: the column is not another for being packed.
        field_type = BinaryField.__name__ if serializable else BinaryField
        return {**super().describe(serializable), "field_type": field_type}
