"""
A person's word on what is held: it may go on, nothing is to be done with it, or it is
to be read once more.
"""

from mailbot import service
from mailbot.cases.identity.triage import Vouched
from mailbot.cases.wording import account
from mailbot.cli.office import at_the_office
from mailbot.cli.opening import (
    give_up,
    need_a_database,
    no_held_mail,
    no_such_case,
    operator,
    quiet_settings,
)
from mailbot.cli.shown.document import print_document
from mailbot.desk.recorded import Recorded
from mailbot.letters.office import Office
from mailbot.settings import Settings
from mailbot.store import query
from mailbot.workers import orders
from mailbot.workers.reading import Reader

_STILL_HELD = {
    "names_no_case": "nothing in it says whose case it is about: name it with --case REFERENCE",
    "names_several_cases": "it names several cases: say which with --case REFERENCE",
    "no_sender": (
        "it names nobody who could be answered: name its case with --case REFERENCE, or enter it"
        " with mailbot do '#open'"
    ),
}


def release_held(held_id: int, reference: str, *, as_json: bool) -> None:
    release(quiet_settings(), held_id, reference.strip().upper(), as_json=as_json)


def release(settings: Settings, held_id: int, reference: str, *, as_json: bool = False) -> None:
    """
    The way of any other message, on a person's word; *reference* names its case, ""
    leaves that to the message.
    """

    async def work(office: Office) -> Recorded | None:
        serial = None
        if reference:
            row = await query.case(reference)
            if row is None:
                no_such_case(reference)
            serial = row.serial
        said = Vouched(by=operator(), serial=serial)
        return await Reader(office, service.utc_now).retry(held_id, said)

    need_a_database(settings)
    recorded = at_the_office(settings, work, nothing=None)
    if recorded is None:
        no_held_mail(held_id)
    if recorded.action == "hold":
        give_up(_STILL_HELD.get(recorded.reason, f"still held: {account.rule(recorded.reason)}"))
    if as_json:
        print_document({"held": held_id, "reason": recorded.reason, "case": recorded.case})
    else:
        print(f"released {recorded.case}".strip())


def reject_held(held_id: int) -> None:
    reject(quiet_settings(), held_id)


def reject(settings: Settings, held_id: int, *, as_json: bool = False) -> None:
    by, now = operator(), service.utc_now()

    async def work(office: Office) -> bool:
        return await orders.reject(held_id, by, office, now)

    need_a_database(settings)
    if not at_the_office(settings, work, nothing=False):
        no_held_mail(held_id)
    if as_json:
        print_document({"held": held_id, "rejected": True})
    else:
        print("rejected; its octets stay on file")


def retry_held(held_id: int, *, as_json: bool) -> None:
    async def again(office: Office) -> Recorded | None:
        return await Reader(office, service.utc_now).retry(held_id)

    settings = quiet_settings()
    need_a_database(settings)
    recorded = at_the_office(settings, again, nothing=None)
    if recorded is None:
        no_held_mail(held_id)
    if recorded.action == "hold":
        give_up(f"still held: {account.rule(recorded.reason) or recorded.reason}")
    if as_json:
        print_document({"held": held_id, "reason": recorded.reason, "case": recorded.case})
    else:
        where = f"in {recorded.case}" if recorded.case else "in no case"
        print(f"read again, and {where} now: {account.rule(recorded.reason) or recorded.reason}")
