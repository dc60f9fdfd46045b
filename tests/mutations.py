"""
Does a test fail when a rule is wrong? `python -m tests.mutations [WORD ...]`

Each mutation changes one place of a copy of the tree and runs the tests that must not
let it pass. Killed: one of them failed. Survived: none did, and a test is missing.
Stale: the place does not say any more what is to be changed; broken: the tests could not
run at all. Everything but killed ends with exit status 1. WORDs choose by name or file.

A new row: a name that says what would be wrong, the file under `mailbot/`, a text that
stands in it once, what it becomes, and the tests.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: What of the tree the tests need; caches and environments stay behind.
_LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__"
)

_TESTS_RAN_AND_FAILED, _TESTS_PASSED = 1, 0


class Fate(StrEnum):
    KILLED = "killed"
    SURVIVED = "SURVIVED"
    STALE = "STALE"
    BROKEN = "BROKEN"


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def stands_in(self, tree: Path) -> bool:
        path = tree / "mailbot" / self.file
        return path.exists() and path.read_text(encoding="utf-8").count(self.old) == 1


def _in(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{each}.py" for each in names)


_CASES = ("tests/cases",)
_CLOSING = _in("cases", "closing", "rights_sweep", "orders")
_CLOCK = _in("cases", "clock", "workdays", "rulebook", "contact")
_EVIDENCE = _in("cases", "evidence", "contact")
_MATCH = _in("cases", "match", "reference")
_OPENING = _in("cases", "decide", "letters", "triage", "stand_in")
_ORDERS = _in("cases", "orders", "commands", "contact", "spoken")
_TRIAGE = _in("cases", "triage", "staff_mail")
_SIGNED = _in("mail", "identity")
_COMPOSED = _in("mail", "compose", "templates")
_SCAN = _in("mail", "scan", "fuzz", "parse")
_HOST = _in("mail", "host_proof")
_CLASSIFY = _in("mail", "classify", "sources", "corpus")
_QUOTED = _in("mail", "quoted", "replies", "answer_html")

#: The rules on values.
RULES = (
    # --- states and deciding ---
    Mutation(
        "a word of thanks opens a closed case",
        "cases/states.py",
        "(_S.CLOSED, _M.MESSAGE_JOINED): _S.CLOSED",
        "(_S.CLOSED, _M.MESSAGE_JOINED): _S.OPEN",
        _CASES,
    ),
    Mutation(
        "an outcome closes without the customer's yes",
        "cases/states.py",
        "(_S.OPEN, _M.OUTCOME_SENT): _S.AWAITING_CONFIRMATION",
        "(_S.OPEN, _M.OUTCOME_SENT): _S.CLOSED",
        _CASES,
    ),
    Mutation(
        "a move that has no place leaves the state as it is",
        "cases/states.py",
        'raise IllegalMove(f"{move.value} cannot follow in state {state.value}") from None',
        "return state",
        _in("cases", "states"),
    ),
    Mutation(
        "who reads along gets no copy",
        "cases/decide.py",
        "decision = copies.with_copies(case, decision)",
        "decision = decision",
        _in("cases", "copies"),
    ),
    Mutation(
        "what goes by post is mailed all the same",
        "cases/decide.py",
        "return posting.on_paper(case, decision, firm, now)",
        "return decision",
        _in("cases", "posting"),
    ),
    # --- the clock ---
    Mutation(
        "the day of receipt is day one",
        "cases/rulebook/clock.py",
        "return calendar.plus_working_days(received_on, self.count)",
        "return calendar.plus_working_days(received_on, self.count - 1)",
        _CLOCK,
    ),
    Mutation(
        "six weeks are moved off a holiday",
        "cases/rulebook/clock.py",
        "return received_on + timedelta(days=self.count * (7 if self.unit is Unit.WEEK else 1))",
        "day = received_on + timedelta(days=self.count * (7 if self.unit is Unit.WEEK else 1))\n"
        "        return day if calendar.is_working_day(day) else calendar.next_working_day(day)",
        _CASES,
    ),
    Mutation(
        "an instant agreed for the due time itself is due a day later",
        "cases/rulebook/clock.py",
        "or at > calendar.at(day, due)",
        "or at >= calendar.at(day, due)",
        _CLOCK,
    ),
    Mutation(
        "working hours end at the next opening",
        "cases/rulebook/workdays.py",
        "if left <= open_for:",
        "if left < open_for:",
        _CLOCK,
    ),
    Mutation(
        "a bank holiday is a working day",
        "cases/rulebook/workdays.py",
        "return day in self.removed_holidays or day not in bank_holidays(day.year)",
        "return True",
        _in("cases", "workdays", "holidays"),
    ),
    Mutation(
        "a holiday of the firm's own is a working day",
        "cases/rulebook/workdays.py",
        "if day.weekday() not in self.weekdays or day in self.extra_holidays:",
        "if day.weekday() not in self.weekdays:",
        _in("cases", "workdays", "holidays"),
    ),
    # --- promises ---
    Mutation(
        "what is met at the last instant is late",
        "cases/promises/contact.py",
        "if at <= obligation.due_at else",
        "if at < obligation.due_at else",
        _EVIDENCE,
    ),
    Mutation(
        "a promise that is not owed any more is met again",
        "cases/promises/contact.py",
        "if obligation.promise == promise and obligation.is_owed:",
        "if obligation.promise == promise:",
        _CASES,
    ),
    Mutation(
        "what is only breached is withdrawn as if it were open",
        "cases/promises/contact.py",
        "if obligation is None or obligation.state is not ObligationState.OPEN:",
        "if obligation is None:",
        _CASES,
    ),
    Mutation(
        "any accepted letter proves a promise",
        "cases/promises/evidence.py",
        "return trigger.message_id in obligation.evidence",
        "return True",
        _EVIDENCE,
    ),
    Mutation(
        "what opens again at its last instant is breached",
        "cases/promises/evidence.py",
        "late = now > obligation.due_at",
        "late = now >= obligation.due_at",
        _EVIDENCE,
    ),
    Mutation(
        "a stand-in may be away, too",
        "cases/promises/stand_in.py",
        "above = [manager] if manager and not manager.is_away(day) else []",
        "above = [manager] if manager else []",
        _in("cases", "stand_in"),
    ),
    Mutation(
        "a deadline that is settled makes sense still",
        "cases/promises/deadlines.py",
        "if obligation is None or latest is None or not obligation.is_owed:",
        "if obligation is None or latest is None:",
        _in("cases", "deadlines"),
    ),
    # --- the life of a case ---
    Mutation(
        "what is owed again at its due instant is in time",
        "cases/life/closing.py",
        "late = now >= obligation.due_at",
        "late = now > obligation.due_at",
        _CASES,
    ),
    Mutation(
        "the rights letter goes a second time",
        "cases/life/closing.py",
        "if not decision.settled or now < obligation.acts_at or case.rights_letters:",
        "if not decision.settled or now < obligation.acts_at:",
        _CLOSING,
    ),
    Mutation(
        "who is not eligible gets the rights letter",
        "cases/life/closing.py",
        "if obligation is None or case.not_eligible:",
        "if obligation is None:",
        _CLOSING,
    ),
    Mutation(
        "an escalation may stay on its level",
        "cases/life/closing.py",
        "if level > case.level and free:",
        "if level >= case.level and free:",
        _CASES,
    ),
    Mutation(
        "a case is escalated to somebody who is away",
        "cases/life/closing.py",
        "if not each.is_away(today)]\n        free",
        "]\n        free",
        _CASES,
    ),
    Mutation(
        "one acknowledgement an hour more than the cap",
        "cases/life/opening.py",
        "acknowledged.address_last_hour >= caps.",
        "acknowledged.address_last_hour > caps.",
        _CASES,
    ),
    Mutation(
        "no cap a day",
        "cases/life/opening.py",
        "if acknowledged.address_last_day >= caps.acknowledgements_per_address_per_day:",
        "if False:",
        _CASES,
    ),
    Mutation(
        "no cap for everybody together",
        "cases/life/opening.py",
        "if acknowledged.everyone_last_hour >= caps.acknowledgements_per_hour:",
        "if False:",
        _CASES,
    ),
    Mutation(
        "a joined case keeps its later day of receipt",
        "cases/life/merging.py",
        '"received_at": min(case.received_at, other.received_at)',
        '"received_at": max(case.received_at, other.received_at)',
        _in("cases", "merging"),
    ),
    Mutation(
        "a joined case falls down the ladder",
        "cases/life/merging.py",
        '"level": max(case.level, other.level)',
        '"level": min(case.level, other.level)',
        _in("cases", "merging"),
    ),
    Mutation(
        "of two promises the later date counts",
        "cases/life/merging.py",
        "if theirs.due_at < mine.due_at:",
        "if theirs.due_at > mine.due_at:",
        _in("cases", "merging"),
    ),
    # --- who is believed ---
    Mutation(
        "whoever quotes a reference is in the case",
        "cases/identity/match.py",
        "_NEEDS_THE_SENDER = {Evidence.REFERENCE, Evidence.REFERENCE_IN_TEXT, "
        "Evidence.OWN_MESSAGE_ID}",
        "_NEEDS_THE_SENDER = {Evidence.REFERENCE_IN_TEXT, Evidence.OWN_MESSAGE_ID}",
        _MATCH,
    ),
    Mutation(
        "two signals that contradict each other are no conflict",
        "cases/identity/match.py",
        "if len(serials) > 1 and strongest not in _ORDERED:",
        "if len(serials) > 2 and strongest not in _ORDERED:",
        _MATCH,
    ),
    Mutation(
        "the weakest signal wins",
        "cases/identity/match.py",
        "strongest = max(each.evidence for each in believed)",
        "strongest = min(each.evidence for each in believed)",
        _MATCH,
    ),
    Mutation(
        "ids without end are looked up",
        "cases/identity/match.py",
        "placed = placed[:_MOST_IDS]",
        "placed = list(placed)",
        _CASES + _SIGNED,
    ),
    Mutation(
        "check digits are not checked",
        "cases/reference.py",
        "if mod_97_10.is_valid(serial + check):",
        "if True:",
        _MATCH,
    ),
    Mutation(
        "references without end are read",
        "cases/reference.py",
        "islice(pattern.finditer(text), _MOST):\n        places",
        "pattern.finditer(text):\n        places",
        _MATCH,
    ),
    Mutation(
        "mail of the day from which we answer is too early",
        "cases/identity/triage.py",
        "calendar.local_day(message.received_at) < first_day:",
        "calendar.local_day(message.received_at) <= first_day:",
        _TRIAGE,
    ),
    Mutation(
        "receipts of staff mail have no bound",
        "cases/identity/triage.py",
        "    if staff.receipts_lately >= MOST_RECEIPTS:",
        "    if False:",
        _TRIAGE,
    ),
    Mutation(
        "mail that nobody vouches for is asked about without a bound",
        "cases/identity/triage.py",
        "if staff.unproved_lately >= MOST_UNPROVED:",
        "if False:",
        _TRIAGE,
    ),
    Mutation(
        "a token is believed for ever",
        "cases/identity/staff_mail.py",
        'return "token_has_expired" if received_at - token.issued_at > TOKEN_LIFE else ""',
        'return ""',
        _TRIAGE,
    ),
    Mutation(
        "a token dies at its last instant",
        "cases/identity/staff_mail.py",
        "received_at - token.issued_at > TOKEN_LIFE",
        "received_at - token.issued_at >= TOKEN_LIFE",
        _TRIAGE,
    ),
    # --- commands ---
    Mutation(
        "a contact may be agreed for now",
        "cases/commands/carry_out.py",
        "if command.at <= self.now:",
        "if command.at < self.now:",
        _ORDERS,
    ),
    Mutation(
        "a contact may be agreed for any year",
        "cases/commands/carry_out.py",
        "if command.at - self.at > _FURTHEST_CONTACT:",
        "if False:",
        _ORDERS,
    ),
    Mutation(
        "a customer may be left without contact for any time",
        "cases/commands/carry_out.py",
        "if last - today > _LONGEST_WITHOUT_CONTACT:",
        "if False:",
        _ORDERS,
    ),
    Mutation(
        "a case may be closed before it was received",
        "cases/commands/carry_out.py",
        "if day(command.at) < day(self.case.received_at):",
        "if False:",
        _ORDERS,
    ),
    Mutation(
        "a grave command is not asked back",
        "cases/life/correspondence.py",
        'why = "grave_command" if trigger.proof is Proof.REPLY_ADDRESS else "unproved_command"',
        'why = ""',
        _CASES,
    ),
    Mutation(
        "a copy that nobody vouches for counts as contact",
        "cases/life/correspondence.py",
        "if trigger.proof < Proof.MAIL_SYSTEM:",
        "if False:",
        _CASES,
    ),
    Mutation(
        "an entry may be of tomorrow",
        "cases/commands/entry.py",
        "    if at > reckoning.now:",
        "    if False:",
        _ORDERS,
    ),
    # --- mail and letters ---
    Mutation(
        "a signature is compared as far as it is given",
        "mail/signed_ids.py",
        "return hmac.compare_digest(self._mac(key_id, text), mac)",
        "return self._mac(key_id, text)[:1] == mac[:1]",
        _SIGNED,
    ),
    Mutation(
        "a customer's token is signed as one for staff",
        "mail/signed_ids.py",
        "signed = f\"token.{found['audience']}.{found['nonce']}\"",
        "signed = f\"token.c.{found['nonce']}\"",
        _SIGNED,
    ),
    Mutation(
        "a fact that is missing is printed as nothing",
        "letters/compose.py",
        "undefined=StrictUndefined,",
        "",
        _COMPOSED,
    ),
    Mutation(
        "None is printed as nothing",
        "letters/compose.py",
        'raise UndefinedError("a fact is None where words are needed")',
        'return ""',
        _COMPOSED,
    ),
    Mutation(
        "a link to any host leaves the house",
        "letters/compose.py",
        "return url.hostname in hosts and url.username is None",
        "return True",
        _COMPOSED,
    ),
    Mutation(
        "References grow without end",
        "letters/compose.py",
        "thread if len(thread) <= 20 else [*thread[:2], *thread[-18:]]",
        "thread",
        _COMPOSED,
    ),
    Mutation(
        "a letter is given up by its age alone",
        "letters/retry.py",
        "if now - created_at >= self.give_up_after and attempts >= self.give_up_attempts:",
        "if now - created_at >= self.give_up_after:",
        _in("cases", "retry"),
    ),
    Mutation(
        "a letter is given up a moment too late",
        "letters/retry.py",
        "now - created_at >= self.give_up_after",
        "now - created_at > self.give_up_after",
        _in("cases", "retry"),
    ),
    Mutation(
        "a header of any size is read",
        "mail/reading/scan.py",
        "    if len(header) > MOST_HEADER_OCTETS:",
        "    if False:",
        _SCAN,
    ),
    Mutation(
        "multiparts without end are opened",
        "mail/reading/scan.py",
        "if sum(map(_opens_a_level, fields)) > MOST_BOUNDARIES:",
        "if False:",
        _SCAN,
    ),
    Mutation(
        "addresses without end are read",
        "mail/reading/scan.py",
        'if header.count(b"@") > MOST_ADDRESSES:',
        "if False:",
        _SCAN,
    ),
    Mutation(
        "an answer by a machine is a person's",
        "mail/origin/classify.py",
        'return any(_keyword(each) not in {"no", ""} for each in message.values("auto-submitted"))',
        "return False",
        _CLASSIFY,
    ),
    Mutation(
        "a failed delivery that is soft is hard",
        "mail/origin/classify.py",
        'each.action == "failed" and each.status.startswith(permanently)',
        'each.action == "failed"',
        _CLASSIFY,
    ),
    Mutation(
        "the host's word counts twice said",
        "mail/origin/host_proof.py",
        "if len(said) > 1:",
        "if False:",
        _HOST,
    ),
    Mutation(
        "a signature of any domain proves the sender",
        "mail/origin/host_proof.py",
        "if any(_signer(each) == domain for each in passed):",
        "if passed:",
        _HOST,
    ),
    Mutation(
        "attachments of any size go along",
        "mail/files/going_along.py",
        "Stays.TOO_LARGE if len(attachment.content) > left else None",
        "None",
        _in("mail", "going_along"),
    ),
    Mutation(
        "a shorter run of the letter counts as repeated",
        "mail/quoting/repeated.py",
        "_NEARLY_ALL = 0.9",
        "_NEARLY_ALL = 0.3",
        _QUOTED,
    ),
)

#: The sentences that must stay true, each where it is kept.
SENTENCES = (
    Mutation(
        "a decision needs no reason",
        "cases/life/correspondence.py",
        'return Decision(reason="answer_owed", booked=(booked,))',
        'return Decision(reason="", booked=(booked,))',
        ("tests/flow/test_sentences.py::test_no_decision_is_written_without_its_reason",),
    ),
)

MUTATIONS = (*RULES, *SENTENCES)


def fate(mutation: Mutation, tree: Path) -> Fate:
    """
    What became of it in that copy, which is afterwards as it was.
    """
    if not mutation.stands_in(tree):
        return Fate.STALE
    path = tree / "mailbot" / mutation.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        status = _tested(tree, mutation.tests)
    finally:
        path.write_text(text, encoding="utf-8")
    return {_TESTS_RAN_AND_FAILED: Fate.KILLED, _TESTS_PASSED: Fate.SURVIVED}.get(
        status, Fate.BROKEN
    )


def _tested(tree: Path, tests: Iterable[str]) -> int:
    """
    The exit status of pytest, which stops at the first test that fails.
    """
    told = ("-x", "-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *told, *tests],
        cwd=tree,
        # Compiled files are told apart by their second and size: a mutation changes neither.
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def main(words: list[str]) -> int:
    chosen = [
        each
        for each in MUTATIONS
        if not words or any(word in f"{each.file}: {each.name}" for word in words)
    ]
    fates: Counter[Fate] = Counter()
    with tempfile.TemporaryDirectory(prefix="mutations") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=_LEFT_BEHIND)
        unchanged = tuple(sorted({test for each in chosen for test in each.tests}))
        if _tested(tree, unchanged) != _TESTS_PASSED:
            sys.stdout.write("the tests fail without any mutation\n")
            return 1
        for each in chosen:
            became = fate(each, tree)
            fates[became] += 1
            sys.stdout.write(f"{became:9} {each.file}: {each.name}\n")
            sys.stdout.flush()
    sys.stdout.write(", ".join(f"{count} {each}" for each, count in fates.items()) + "\n")
    return 0 if set(fates) <= {Fate.KILLED} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
