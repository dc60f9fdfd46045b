"""
Every event that the program can record, and every rule, has words that people read.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailbot
from mailbot.cases.commands.orders import Detail, Way
from mailbot.cases.identity.match import Evidence
from mailbot.cases.identity.staff_mail import Proof, Wants
from mailbot.cases.identity.triage import JOINED, Action
from mailbot.cases.letter_status import NOT_LIVE, Status
from mailbot.cases.obligation import ObligationState
from mailbot.cases.people.handlers import Role
from mailbot.cases.states import Move, State
from mailbot.cases.wording import account, event_words, plain_names, rule_words
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.cases.wording.receipt_words import HELD_STAFF, RECEIPTS
from mailbot.cases.wording.task_words import WITHHELD
from mailbot.mail.message import Kind
from mailbot.mail.origin.classify import RULES
from mailbot.mail.origin.host_proof import HostVerdict
from tests.cases.life import Life

PACKAGE = Path(mailbot.__file__).parent
TEMPLATES = PACKAGE.parent / "templates" / "en"

CLASSIFIED = {rule for rule, _, _ in RULES} | {"nothing_automatic"}
JOINED_BY = {JOINED + each.label for each in Evidence}
#: Events that are named when they happen.
NAMES = {
    "f'obligation_{state}'": {f"obligation_{each}" for each in ("met", "met_late")},
    "f'letter_{trigger.outcome}'": {
        f"letter_{each}" for each in ("refused", "expired", "bounced", "declared_failed")
    },
    "f'letter_declared_{statement.word}'": {"letter_declared_sent", "letter_declared_failed"},
    "f'letter_{failed.outcome}'": {"letter_refused", "letter_expired", "letter_bounced"},
    "'mail_paused' if how_much else 'mail_resumed'": {"mail_paused", "mail_resumed"},
    "'party_changed' if before else 'party_added'": {"party_changed", "party_added"},
    "CASE_ANONYMISED": {"case_anonymised"},
    "PARTY_ANONYMISED": {"party_anonymised"},
    "MAIL_ANONYMISED": {"mail_anonymised"},
}
#: Where events are built.
ROOMS = ("cases", "desk", "store", "workers")
#: Rules that are named when they decide, by the place where they are.
REASONS: dict[tuple[str, str], set[str]] = {
    ("customer_writes.py", "reason"): JOINED_BY
    | {"altered_copy", "from_another_address", "read_at_last"},
    ("receipt.py", "reason"): set(RECEIPTS),
    ("desk.py", "reason"): {"neither_yes_nor_no", "confirmed_before"},
    ("staff_writes.py", "why"): {"grave_command", "unproved_command"},
    ("machine_writes.py", "trigger.reason"): CLASSIFIED | {"altered_copy", "same_text_again"},
    ("intake.py", "what.reason"): CLASSIFIED
    | {
        "no_sender",
        "names_no_case",
        "released",
        "names_several_cases",
        "altered_copy",
        "before_answer_from",
        "unreadable",
        "too_many_in_their_name",
    }
    | set(HELD_STAFF),
    ("opening.py", "trigger.rule"): {
        "nothing_automatic",
        "spam_verdict",
        "dmarc_verdict",
        "passed_on",
    }
    | {each.replace(" ", "_") for each in Way},
    ("opening.py", "withheld"): set(WITHHELD),
    ("verdicts.py", "case.verdict"): {"spam_verdict", "dmarc_verdict"},
    ("verdicts.py", "case.verdict or 'released'"): {"spam_verdict", "dmarc_verdict", "released"},
    ("failed.py", "trigger.outcome"): {"refused", "expired", "bounced", "declared_failed"},
    ("unreached.py", "failed.outcome"): {"refused", "expired", "bounced"},
    ("returned.py", "failed.outcome"): {"refused", "expired", "bounced"},
    ("failed.py", "obligation.promise"): set(PROMISES),
    ("settling.py", "promise"): set(PROMISES),
    ("settling.py", "obligation.promise"): set(PROMISES),
    ("merging.py", "promise"): set(PROMISES),
    ("recalculate.py", "each.stored.promise"): set(PROMISES),
    ("contact_details.py", "command.detail"): set(Detail),
    ("deadlines.py", "step.promise"): set(PROMISES),
    ("breach.py", "step.promise"): set(PROMISES),
    ("closing.py", "str(move)"): {str(Move.CLOSED), str(Move.CONFIRMED)},
    ("reopening.py", "str(move)"): {str(Move.REOPENED), str(Move.DISPUTED)},
    ("escalation.py", "f'level {level}'"): {"level 1", "level 2"},
    ("orders.py", "how_much or 'all mail goes'"): {"automatic", "all", "all mail goes"},
}
#: Moves that change a case without giving an event its reason.
WITHOUT_WORDS = {"outcome_sent", "outcome_lost", "deadlocked", "judged_not_a_complaint"}


def events() -> Iterator[tuple[str, str, str]]:
    """
    File, name and reason of every event that the rules, and what stands on them, build.
    """
    for path in (each for room in ROOMS for each in sorted((PACKAGE / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (found := _event(node)):
                yield path.name, *found


def _event(call: ast.Call) -> tuple[str, str] | None:
    called = ast.unparse(call.func).removesuffix(".create")
    given = {each.arg: ast.unparse(each.value) for each in call.keywords}
    # The row that is made of any event names nothing itself.
    is_copied = given.get("name", given.get("event", "")).endswith(".name")
    if called in {"Event", "EventRow"} and not is_copied:
        return given.get("name") or given["event"], given.get("reason", "''")
    if called in {"order.event", "order.recorded"} and ast.unparse(call.args[0]) != "name":
        return ast.unparse(call.args[0]), "'command'"
    return None


def _values(written: str, named: set[str] | None) -> set[str]:
    value = ast.parse(written, mode="eval").body
    if isinstance(value, ast.Constant):
        return {str(value.value)}
    assert named is not None, f"say which values {written} can have, in the table above"
    return named


def recorded() -> Iterator[tuple[str, str]]:
    for file, name, reason in events():
        if (name, file) == ("name", "order.py"):
            # The one function through which the events of commands go.
            continue
        for each in _values(name, NAMES.get(name)):
            for why in _values(reason, REASONS.get((file, reason))) - WITHOUT_WORDS:
                yield each, why


RECORDED = sorted(set(recorded()))


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ("answer by Rhian Price [message.18]", "answer by Rhian Price"),
        ("deadlock accepted, c.1.a@b", "the deadlock letter was accepted"),
        (
            "deadlock accepted, c.1.a@b (ISS-000001-95)",
            "the deadlock letter was accepted, in case ISS-000001-95",
        ),
        ("closed: you told us by phone", "closed: the customer told us by phone"),
    ],
)
def test_what_kept_a_promise_is_told_without_what_only_mailbot_looks_at(
    evidence: str, said: str
) -> None:
    assert account.kept_by(evidence) == said
    sentence = account.sentence("obligation_withdrawn", "agree_contact", evidence)
    assert sentence == f"A promise is no longer owed: agreed contact time; {said}."


def test_enough_events_were_found_for_this_test_to_mean_something() -> None:
    assert len({name for name, _ in RECORDED}) > 40


@pytest.mark.parametrize("event", sorted({name for name, _ in RECORDED}))
def test_every_event_has_a_sentence(event: str) -> None:
    assert event in event_words.EVENTS, "add its words to cases/wording/event_words.py"


@pytest.mark.parametrize("reason", sorted({why for _, why in RECORDED if why}))
def test_every_rule_has_words(reason: str) -> None:
    known = reason in rule_words.RULES or reason in PROMISES or reason.startswith("level ")
    assert known, "add its words to cases/wording/rule_words.py"


@pytest.mark.parametrize(("event", "reason"), RECORDED)
def test_no_name_of_the_program_is_in_a_sentence(event: str, reason: str) -> None:
    said = f"{account.sentence(event, reason)} {account.rule(reason)}"

    assert re.match(r"[A-Z].*\.", said)
    assert not re.search(r"[_{}]", said)


@pytest.mark.parametrize("rule", sorted(CLASSIFIED | {"seen_before", "acknowledged_before"}))
def test_every_rule_of_classification_and_silence_has_words(rule: str) -> None:
    assert account.rule(rule) == rule_words.RULES[rule]


def test_every_action_and_every_signal_has_words() -> None:
    assert set(plain_names.ACTIONS) == set(Action)
    assert set(plain_names.SIGNALS) == {each.label for each in Evidence if each}


def test_words_of_events_that_nobody_records_are_gone() -> None:
    recorded = {name for name, _ in RECORDED} | {"case_anonymised"}

    assert set(event_words.EVENTS) - recorded == set()


def test_every_state_letter_and_kind_of_message_has_words() -> None:
    assert set(plain_names.STATES) == set(State)
    assert set(plain_names.ENDS) == set(ObligationState)
    assert set(plain_names.ROLES) > set(Role)
    assert set(plain_names.KINDS) == set(Kind)
    written = {each.stem for each in TEMPLATES.glob("[!_]*.txt")}
    assert set(plain_names.LETTERS) >= written
    assert len(written) > 20
    assert set(plain_names.STATUSES) == set(Status)


def test_what_keeps_a_letter_back_has_words() -> None:
    assert {NOT_LIVE, *WITHHELD} <= set(rule_words.RULES)


def test_the_words_of_a_mail_server_are_told_as_they_are() -> None:
    assert account.rule("550 5.1.1 no_such_user here") == "550 5.1.1 no_such_user here"


def test_every_clause_that_an_event_names_is_that_of_a_promise() -> None:
    assert {each.promise for each in event_words.EVENTS.values()} <= {*PROMISES, ""}


# --- how it reads ------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "reason", "about", "said"),
    [
        (
            "case_closed",
            "confirmed",
            "you told us by email",
            "The case was closed, because the customer told us by email.",
        ),
        (
            "letter_refused",
            "refused",
            "adr-rights",
            (
                "The recipient's mail server refused a letter: the letter about the right to"
                " independent help."
            ),
        ),
        ("obligation_met", "credit", "", "A promise was kept: credit to the customer's invoice."),
        (
            "telephone_call",
            "command",
            "We spoke.",
            "A telephone call with the customer was recorded.",
        ),
        ("something_new", "x", "", "Something new."),
    ],
)
def test_an_event_is_told_in_a_sentence(event: str, reason: str, about: str, said: str) -> None:
    assert account.sentence(event, reason, about) == said


def test_a_long_text_stands_beside_the_sentence_and_not_in_it() -> None:
    assert account.text("telephone_call", "We spoke.") == "We spoke."
    assert account.text("contact_agreed", "Tuesday") == ""


def test_what_a_stranger_wrote_is_never_read_as_a_form() -> None:
    assert account.sentence("party_added", "command", "{promise}\n0").endswith(": {promise} 0.")


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("command by Olwen", "a command of Olwen"),
        ("clock", "the clock"),
        ("an event of an older edition", "an event of an older edition"),
    ],
)
def test_a_cause_is_told_as_who_or_what(cause: str, said: str) -> None:
    assert account.cause(cause) == said


def test_a_command_names_its_person_and_nothing_else_does() -> None:
    assert account.who("command by Olwen") == "Olwen"
    assert account.who("message") == ""


def test_an_event_about_a_promise_has_the_clause_of_that_promise() -> None:
    assert account.behind("obligation_breached", "keep_contact") == "keep_contact"
    assert account.behind("telephone_call", "command") == "keep_contact"
    assert account.behind("note_filed", "command") == ""


def test_the_whole_life_of_a_case_is_told_without_a_name_of_the_program() -> None:
    life = Life()
    life.until(life.day(6))
    life.order("#contact mon 14:00")
    life.until(life.day(8))
    life.order("#call\nWe spoke.")
    life.order("#outcome\nWe mended it.")
    life.until(life.day(24))
    life.order("#escalate\nNot satisfied.")
    life.until(life.day(50))

    told = [each for decision in life.decisions for each in decision.events]
    assert len(told) > 20
    for each in told:
        said = account.sentence(each.name, each.reason, each.about) + account.rule(each.reason)
        assert "_" not in said, each


def test_everything_that_explains_a_staff_mail_has_words() -> None:
    assert set(plain_names.WANTS) == set(Wants)
    assert set(plain_names.PROOFS) == {each.name.lower() for each in Proof}
    assert set(plain_names.HOST_VERDICTS) == set(HostVerdict)


def test_only_what_begins_with_a_code_is_an_answer_of_our_mail_server() -> None:
    assert account.by_what_it_went("250 2.0.0 Ok") == "our mail server answered “250 2.0.0 Ok”"
    assert account.by_what_it_went("found in the sent folder") == (
        "by this sign: found in the sent folder"
    )
