"""
The sender's own words in a message: as plain text, and as they were laid out.
"""

from mailbot.mail.files.attached import is_attached
from mailbot.mail.reading.flowed import unfolded
from mailbot.mail.reading.html import ReadsHtml
from mailbot.mail.reading.parts import Part


def text_of(part: Part, read_html: ReadsHtml) -> str:
    """
    The words of the sender: of alternatives the plain one, HTML only where
    there is no other.
    """
    if part.holds_parts:
        texts = (text_of(each, read_html) for each in _best_first(part))
        if part.sub_type == "alternative":
            return next(filter(str.strip, texts), "")
        return "\n\n".join(filter(None, texts))
    if is_attached(part):
        return ""
    if part.content_type == "text/html":
        return read_html(part.text)
    if part.parameter("format") == "flowed":
        return unfolded(part.text, deletes_space=part.parameter("delsp") == "yes")
    return part.text


def html_of(part: Part) -> str:
    """
    The words of the sender as they laid them out; "" where there is no HTML. Text
    between two pieces of it is not in there: whoever uses it compares it with the text.
    """
    if part.holds_parts:
        pieces = [html_of(each) for each in part.children]
        if part.sub_type == "alternative":
            # RFC 2046 §5.1.4: the last one is the sender's own choice.
            return next(filter(str.strip, reversed(pieces)), "")
        return "\n".join(filter(None, pieces))
    if part.content_type != "text/html" or is_attached(part):
        return ""
    return part.text


def _best_first(part: Part) -> tuple[Part, ...]:
    """
    The children in the order in which they are to be read.
    """
    if part.sub_type != "alternative":
        return part.children
    return tuple(sorted(part.children, key=lambda each: each.content_type != "text/plain"))
