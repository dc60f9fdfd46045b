"""
`mailbot evidence REF FILE.zip`, and `mailbot evidence verify FILE.zip`.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import typer

from mailbot import log
from mailbot.bundle.reading import NotRead
from mailbot.bundle.signing import SigningKey
from mailbot.bundle.verifying import Findings, verified
from mailbot.cli.evidence.making import Made, Order, make
from mailbot.cli.keys import keys_in, must_be_ours
from mailbot.cli.leaving import must_be_free
from mailbot.cli.opening import asked, give_up, need_a_database, no_such_case, quiet_settings
from mailbot.cli.options import Folder
from mailbot.cli.shown.document import print_document
from mailbot.cli.shown.lines import printable
from mailbot.settings import ConfigurationProblems, load
from mailbot.settings.token_key import key_lines


def make_the_file(
    reference: str, path: Path, *, is_forced: bool, is_internal: bool, as_json: bool
) -> None:
    settings = quiet_settings()
    must_be_free(path, is_forced=is_forced)
    wanted = reference.strip().upper()

    need_a_database(settings)
    keys = keys_in(settings)
    order = Order(
        firm=settings.firm,
        keyring=keys.keyring,
        signing=keys.signing,
        now=datetime.now(UTC),
        relay=settings.smtp.host,
        is_internal=is_internal,
    )

    async def work() -> Made | None:
        await must_be_ours(keys)
        return await make(wanted, path, order)

    made = asked(settings, work, OSError, nothing=None)
    if made is None:
        no_such_case(reference)
    if as_json:
        print_document(
            {
                "reference": made.reference,
                "file": str(path),
                "files": made.files,
                "key_fingerprint": made.fingerprint,
                "left_out": [{"what": each.what, "why": each.why} for each in made.left_out],
            }
        )
        return
    print(f"{path}: everything on {made.reference}, {made.files} files; open index.html in it")
    count = len(made.left_out)
    left_out = "1 thing is" if count == 1 else f"{count} things are"
    print(f"{left_out} left out; the index names each, and why")
    print("Whoever asks whether the key is yours is told its fingerprint:")
    print(f"  {made.fingerprint}")


def verify_the_file(path: Path, *, fingerprint: str, as_json: bool) -> None:
    log.to_stderr()
    keys, why_none = _keys()
    try:
        found = verified(path, keys, told=fingerprint)
    except NotRead as fault:
        give_up(str(fault))
    if as_json:
        print_document(
            {
                "file": str(path),
                "intact": found.is_intact,
                "about": found.manifest.about if found.manifest else None,
                "made_at": found.manifest.made_at if found.manifest else None,
                "key_fingerprint": found.fingerprint or None,
                "checked": list(found.checked),
                "wrong": list(found.wrong),
                "unchecked": list(found.unchecked),
            }
        )
    else:
        for each in _told(path, found, why_none):
            print(printable(each))
    if not found.is_intact:
        raise typer.Exit(1)


def _keys() -> tuple[list[SigningKey], str]:
    """
    The firm's keys, where its configuration is at hand; else none, and why.
    """
    try:
        settings = load(Folder.path, os.environ)
    except ConfigurationProblems as wrong:
        return [], f"without a configuration ({wrong.problems[0]})"
    file = settings.service.token_key_file
    try:
        return [SigningKey(each) for each in key_lines(file)], ""
    except OSError as fault:
        return [], f"without the key of the firm ({file}: {fault.strerror})"


def _told(path: Path, found: Findings, why_none: str) -> Iterator[str]:
    if found.manifest:
        yield f"{path}: {found.manifest.about}, made {found.manifest.made_at} by {found.manifest.program}"
    if found.fingerprint:
        yield f"signed by the key with the fingerprint {found.fingerprint}"
    yield from (f"  checked: {each}" for each in found.checked)
    yield from (f"  not checked: {each}" for each in found.unchecked)
    if why_none and found.unchecked:
        yield f"  ({why_none})"
    yield from (f"  WRONG: {each}" for each in found.wrong)
    yield "intact" if found.is_intact else "NOT INTACT"
