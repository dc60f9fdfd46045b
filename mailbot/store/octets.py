"""
The octets of one message or letter at a time: those of a whole case may be gigabytes.
"""

from mailbot.store.tables import Content, OutboxRow


async def of_message(content_id: int) -> tuple[bytes, str]:
    """
    As they came, and the SHA-256 that was recorded then; b"" and "" of one that was emptied.
    """
    row = await Content.get(id=content_id)
    return row.octets, row.sha256


async def of_letter(letter_id: int) -> bytes:
    """
    As they left, or will; b"" of one that was emptied.
    """
    return (await OutboxRow.get(id=letter_id)).content
