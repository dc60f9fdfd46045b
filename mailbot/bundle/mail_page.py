"""
One mail as a page: its header, its words as its reader saw them, and its files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from mailbot.bundle.as_page import STYLE
from mailbot.bundle.sections import Line, Lines
from mailbot.face import PLAIN, Face
from mailbot.mail.message import Attachment
from mailbot.mail.words import legal
from mailbot.page.frame import framed
from mailbot.page.pictures import address_of, with_pictures
from mailbot.page.words import said

_STYLE = (
    STYLE
    + """
pre { margin: 1rem 0; white-space: pre-wrap; font: inherit; padding: 1rem; border: 1px solid var(--line); }
iframe { display: block; width: 100%; height: 46rem; border: 1px solid var(--line); background: #fff; }
.paper { display: none; }
@media print { iframe { display: none; } .paper { display: block; } }
"""
)


@dataclass(frozen=True, kw_only=True)
class MailPage:
    """
    *facts* are what its header says, and what became of it. With *html* it is shown as a mail
    client shows it, and as its text on paper; that HTML is one of our own letters, never a
    stranger's.
    """

    title: str
    facts: tuple[tuple[str, Lines], ...] = ()
    text: str = ""
    html: str = ""
    #: What lies beside that HTML and is shown in it.
    pictures: tuple[Attachment, ...] = ()
    #: What is said above the words: what is left out of them, and why.
    notes: tuple[str, ...] = ()
    #: Names of files of the bundle, as seen from the page's folder, and what they are called.
    files: tuple[Line, ...] = ()
    back: str = "../index.html"


def mail_page(mail: MailPage, face: Face = PLAIN) -> str:
    """
    The page. The firm's logo is not on it: what stands here may be a stranger's mail.
    """
    return framed(mail.title, _STYLE, _body(mail), face.without_logo)


def _body(mail: MailPage) -> Iterator[str]:
    yield f'<nav><a href="{quote(mail.back)}">Back to the index</a></nav>'
    yield f"<h1>{said(mail.title)}</h1>"
    yield "<dl>"
    for name, lines in mail.facts:
        words = "".join(f'<span class="l">{_linked(each)}</span>' for each in lines)
        yield f"<dt>{said(name)}</dt><dd>{words}</dd>"
    if mail.files:
        files = "".join(f'<span class="l">{_linked(each)}</span>' for each in mail.files)
        yield f"<dt>Files</dt><dd>{files}</dd>"
    yield "</dl>"
    yield from (f"<p><strong>{said(each)}</strong></p>" for each in mail.notes)
    words = escape(legal(mail.text)).strip() or "(no words)"
    if mail.html:
        pictures = {
            each.content_id: address_of(each.content_type, each.content) for each in mail.pictures
        }
        seen = escape(with_pictures(mail.html, pictures))
        yield f'<iframe sandbox="" title="{said(mail.title)}" srcdoc="{seen}"></iframe>'
        yield f'<pre class="paper">{words}</pre>'
    else:
        yield f"<pre>{words}</pre>"


def _linked(line: Line) -> str:
    return f'<a href="{quote(line.href)}">{said(line.text)}</a>' if line.href else said(line.text)
