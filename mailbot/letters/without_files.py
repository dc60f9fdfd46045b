"""
A mail to staff that was too big, once more: its words, and where its files are.
"""

from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html import escape

from mailbot.letters.stationery import Rendered
from mailbot.mail.quoting.new_text import MARKER

#: The element that ends the paragraph of the marker.
_ENDS = ("</p>", "</div>", "</td>")
_MOST_NAMED = 20


def has_files(octets: bytes) -> bool:
    """
    Whether a mail of ours has files, by the type that our composing gives to such a one.
    """
    return b"\r\nContent-Type: multipart/mixed;" in octets.partition(b"\r\n\r\n")[0] + b"\r\n"


def without_files(octets: bytes, reference: str) -> Rendered:
    """
    The words of a mail of ours as they were, and below the line above which an answer is
    written what is not attached any more.
    """
    mail = message_from_bytes(octets, policy=policy.default)
    if not isinstance(mail, EmailMessage):
        raise TypeError("our own mail is no mail")
    names = [part.get_filename() or "a file without a name" for part in mail.iter_attachments()]
    said = _said(names, reference)
    return Rendered(
        subject=str(mail["Subject"]),
        text=_below_the_marker(_words(mail, "plain"), said),
        html=_inside_html(_words(mail, "html"), said),
    )


def _words(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if isinstance(part, MIMEPart) else ""


def _said(names: list[str], reference: str) -> str:
    more = len(names) - _MOST_NAMED
    named = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    where = f"mailbot case {reference}" if reference else "mailbot outbox list"
    return (
        f"Our mail server would not take this email with its files, so they are not attached:"
        f" {named}. They are kept in the mailbox with their message; whoever runs mailbot finds"
        f" it with: {where}"
    )


def _below_the_marker(text: str, said: str) -> str:
    before, marker, after = text.partition(MARKER)
    if not marker:
        return f"{said}\n\n{text}"
    return f"{before}{marker}\n\n{said}{after if after.startswith(chr(10)) else chr(10) + after}"


def _inside_html(html: str, said: str) -> str:
    paragraph = f"<p>{escape(said)}</p>"
    at = html.find(escape(MARKER, quote=False))
    ends = [html.find(each, at) + len(each) for each in _ENDS if html.find(each, at) >= 0]
    if at < 0 or not ends:
        opened = html.find(">", html.find("<body")) + 1
        return html[:opened] + paragraph + html[opened:]
    return html[: min(ends)] + paragraph + html[min(ends) :]
