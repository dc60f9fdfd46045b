"""
The picture at the top of the README, from the demonstration: what a customer, a case handler
and the owner see.

    python -m tests.picture FILE.png

It needs Chromium, which no test does.
"""

import email
import re
import shutil
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path

#: Pixels.
_WIDE, _HIGH, _PANEL = 1500, 760, 460
#: Pages stand in it smaller than they are.
_SCALE = 0.72

_STYLE = f"""
body {{ margin: 0; padding: 24px; width: {_WIDE - 48}px; background: #eef1f4; color: #1c1c1a;
  font: 18px/1.4 Arial, Helvetica, sans-serif; display: flex; gap: 30px; }}
figure {{ margin: 0; width: {_PANEL}px; }}
figcaption {{ margin: 0 0 10px; font-weight: bold; }}
figcaption span {{ display: block; font-weight: normal; font-size: 15px; color: #444; }}
div {{ width: {_PANEL}px; height: {_HIGH - 110}px; overflow: hidden; background: #fff;
  border: 1px solid #8a8a8a; border-radius: 8px; }}
iframe {{ border: 0; width: {round(_PANEL / _SCALE)}px; height: {round((_HIGH - 110) / _SCALE)}px;
  transform: scale({_SCALE}); transform-origin: 0 0; }}
"""


def html_of(mail: Path) -> str:
    read = email.message_from_bytes(mail.read_bytes(), policy=default)
    assert isinstance(read, EmailMessage)
    part = read.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def promises_of(page: Path) -> str:
    """
    The page of the story with nothing on it but its promises.
    """
    text = page.read_text()
    found = re.search(r'<section aria-labelledby="promises">.*?</section>', text, re.DOTALL)
    assert found, "the page of the demonstration has no promises"
    head = text.partition("<body>")[0]
    return f"{head}<body>{found[0]}</body></html>"


def picture(folder: Path) -> str:
    """
    The page of which the picture is taken, from the demonstration that lies in *folder*.
    """

    def mail(name: str) -> str:
        return html_of(next(folder.glob(f"*-out-{name}.eml")))

    panels = (
        (
            "The customer",
            "has an answer at once, with every date",
            mail("acknowledgement-customer"),
        ),
        ("The case handler", "answers in their own mail program", mail("assignment-handler")),
        (
            "The owner",
            "sees what was promised, and what became of it",
            promises_of(folder / "timeline.html"),
        ),
    )
    figures = "".join(
        f"<figure><figcaption>{who}<span>{what}</span></figcaption>"
        f'<div><iframe srcdoc="{escape(page)}"></iframe></div></figure>'
        for who, what, page in panels
    )
    return f'<!DOCTYPE html><meta charset="utf-8"><style>{_STYLE}</style>{figures}'


def main(file: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("tests.picture: Chromium is needed, as Debian has it: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo = [sys.executable, "-m", "mailbot", "demo", "--folder", str(folder / "story")]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        page = folder / "picture.html"
        page.write_text(picture(folder / "story"))
        subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--hide-scrollbars"),
                *(f"--screenshot={file.resolve()}", f"--window-size={_WIDE},{_HIGH}"),
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
