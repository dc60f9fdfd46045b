"""
An operator's word on a letter: that it is to be sent again, or what became of it.
"""

from mailbot import service
from mailbot.cli.office import at_the_office
from mailbot.cli.opening import asked, give_up, need_a_database, operator, quiet_settings
from mailbot.cli.shown.document import instant, print_document
from mailbot.desk.letter_outcomes import Statement, Word
from mailbot.letters.office import Office
from mailbot.store import outbox
from mailbot.workers.orders import resolve


def retry_letter(outbox_id: int, *, as_json: bool) -> None:
    settings, now = quiet_settings(), service.utc_now()
    need_a_database(settings)
    if not asked(settings, lambda: outbox.retry_now(outbox_id, now), nothing=False):
        give_up(f"letter {outbox_id} cannot be sent again; mailbot outbox list shows what can")
    if as_json:
        print_document({"outbox": outbox_id, "next_attempt_at": instant(now)})
    else:
        print("due now")


def resolve_letter(outbox_id: int, word: str, reason: str, *, as_json: bool) -> None:
    settings = quiet_settings()
    need_a_database(settings)
    said = Statement(outbox_id=outbox_id, word=Word(word), by=operator(), reason=reason)

    async def settle(office: Office) -> bool:
        return await resolve(said, office, service.utc_now())

    if not at_the_office(settings, settle, nothing=False):
        give_up(
            f"of letter {outbox_id} that cannot be said: there is none, nobody has tried to send it"
            " yet, or it is known what became of it; mailbot outbox list shows what waits"
        )
    if as_json:
        print_document({"outbox": outbox_id, "resolved": word})
    else:
        print(f"{word}, {said.said}")
