"""
`mailbot subject ADDRESS FILE.zip`.
"""

from datetime import UTC, datetime
from pathlib import Path

from mailbot.cli.keys import keys_in, must_be_ours
from mailbot.cli.leaving import must_be_free
from mailbot.cli.opening import asked, need_a_database, no_such_case, quiet_settings
from mailbot.cli.shown.document import print_document
from mailbot.cli.subject.making import Made, Order, make
from mailbot.cli.whose import must_not_have_worked_here, whose
from mailbot.store import query


def make_the_file(address: str, path: Path, *, is_forced: bool, as_json: bool) -> None:
    settings = quiet_settings()
    must_be_free(path, is_forced=is_forced)
    address = whose(address, settings.firm)
    need_a_database(settings)
    keys = keys_in(settings)
    order = Order(
        named=address,
        firm=settings.firm,
        keyring=keys.keyring,
        signing=keys.signing,
        now=datetime.now(UTC),
        hosts=(settings.imap.host, settings.smtp.host),
    )

    async def work() -> Made | None:
        await must_be_ours(keys)
        if "@" not in address and await query.case(address) is None:
            no_such_case(address)
        await must_not_have_worked_here(address)
        return await make(path, order)

    made = asked(settings, work, OSError, nothing=None)
    if made is None:
        return
    if as_json:
        print_document(
            {
                "addresses": list(made.addresses),
                "file": str(path),
                "complaints": made.complaints,
                "mails": made.mails,
                "files": made.files,
                "texts_to_read": made.notes,
                "blacked_out": made.blackened,
                "key_fingerprint": made.fingerprint,
                "corrected_away": list(made.corrected_away),
                "left_out": [{"what": each.what, "why": each.why} for each in made.left_out],
            }
        )
        return
    _tell(path, address, made)


def _tell(path: Path, address: str, made: Made) -> None:
    if made.is_nothing:
        print(f"nothing is held about {address}; {path} says so, to be sent as the answer")
        return
    said = ", ".join((_count(made.complaints, "complaint"), _count(made.mails, "mail")))
    print(f"{path}: {said}, {made.files} files in all; open index.html in it")
    print(f"Looked for: {', '.join(made.addresses) or address}")
    print("Before you hand it out:")
    print("- Make sure that whoever asks is that person; an address alone is no proof.")
    print(
        f"- Read index.html: {_count(made.notes, 'text')} of your own people in it. A name that has no"
        " role in the case is not blacked out, and what a lawyer told you need not be given."
    )
    for each in made.corrected_away:
        print(
            f"- {each} had this address until it was corrected. If it is this person's own"
            f" complaint, make the file for {each} instead: this one has little of it."
        )
    print("- Add what you hold elsewhere (contract, bills, recorded calls), and who else had it.")


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
