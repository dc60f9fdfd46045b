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
_ORDERS = _in("cases", "orders", "commands", "contact", "refusals", "spoken")
_TRIAGE = _in("cases", "triage", "staff_mail")
_SIGNED = _in("mail", "signed_ids")
_COMPOSED = _in("mail", "compose", "stationery", "templates")
_SCAN = _in("mail", "scan", "fuzz", "parse")
_HOST = _in("mail", "host_proof")
_CLASSIFY = _in("mail", "classify", "rule_sources", "corpus")
_QUOTED = _in("mail", "new_text", "replies", "answer_html")

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
        "    decision = copies.with_copies(decision, after)\n",
        "",
        _in("cases", "copies"),
    ),
    Mutation(
        "what goes by post is mailed all the same",
        "cases/decide.py",
        "return by_post.on_paper(decision, after, firm, now)",
        "return decision",
        _in("cases", "by_post"),
    ),
    # --- the clock ---
    Mutation(
        "the day of receipt is day one",
        "cases/rulebook/lengths.py",
        "return calendar.plus_working_days(received_on, self.count)",
        "return calendar.plus_working_days(received_on, self.count - 1)",
        _CLOCK,
    ),
    Mutation(
        "six weeks are moved off a holiday",
        "cases/rulebook/lengths.py",
        "return received_on + timedelta(days=self.count * (7 if self.unit is Unit.WEEK else 1))",
        "day = received_on + timedelta(days=self.count * (7 if self.unit is Unit.WEEK else 1))\n"
        "        return day if calendar.is_working_day(day) else calendar.next_working_day(day)",
        _CASES,
    ),
    Mutation(
        "an instant agreed for the due time itself is due a day later",
        "cases/rulebook/promise.py",
        "or at > calendar.at(day, due)",
        "or at >= calendar.at(day, due)",
        _CLOCK,
    ),
    Mutation(
        "working hours end at the next opening",
        "cases/rulebook/working_days.py",
        "if left <= open_for:",
        "if left < open_for:",
        _CLOCK,
    ),
    Mutation(
        "a bank holiday is a working day",
        "cases/rulebook/working_days.py",
        "return day in self.removed_holidays or day not in bank_holidays(day.year)",
        "return True",
        _in("cases", "workdays", "holidays"),
    ),
    Mutation(
        "a holiday of the firm's own is a working day",
        "cases/rulebook/working_days.py",
        "if day.weekday() not in self.weekdays or day in self.extra_holidays:",
        "if day.weekday() not in self.weekdays:",
        _in("cases", "workdays", "holidays"),
    ),
    # --- promises ---
    Mutation(
        "what is met at the last instant is late",
        "cases/promises/settling.py",
        "if at <= obligation.due_at else",
        "if at < obligation.due_at else",
        _EVIDENCE,
    ),
    Mutation(
        "a promise that is not owed any more is met again",
        "cases/promises/settling.py",
        "if obligation.promise == promise and obligation.is_owed:",
        "if obligation.promise == promise:",
        _CASES,
    ),
    Mutation(
        "what is only breached is withdrawn as if it were open",
        "cases/promises/settling.py",
        "if obligation is None or obligation.state is not ObligationState.OPEN:",
        "if obligation is None:",
        _CASES,
    ),
    Mutation(
        "any accepted letter proves a promise",
        "cases/sending/failed.py",
        "return trigger.message_id in obligation.evidence",
        "return True",
        _EVIDENCE,
    ),
    Mutation(
        "what opens again at its last instant is breached",
        "cases/sending/failed.py",
        "late = now > obligation.due_at",
        "late = now >= obligation.due_at",
        _EVIDENCE,
    ),
    Mutation(
        "a stand-in may be away, too",
        "cases/people/stand_in.py",
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
        "cases/promises/settling.py",
        "late = now >= obligation.due_at",
        "late = now > obligation.due_at",
        _CASES,
    ),
    Mutation(
        "the rights letter goes a second time",
        "cases/promises/six_weeks.py",
        "if not decision.settled or now < obligation.acts_at or case.rights_letters:",
        "if not decision.settled or now < obligation.acts_at:",
        _CLOSING,
    ),
    Mutation(
        "who is not eligible gets the rights letter",
        "cases/promises/six_weeks.py",
        "if obligation is None or case.not_eligible:",
        "if obligation is None:",
        _CLOSING,
    ),
    Mutation(
        "an escalation may stay on its level",
        "cases/life/escalation.py",
        "if level > case.level and free:",
        "if level >= case.level and free:",
        _CASES,
    ),
    Mutation(
        "a case is escalated to somebody who is away",
        "cases/life/escalation.py",
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
        "theirs.due_at < mine.due_at",
        "theirs.due_at > mine.due_at",
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
        "if _mod_97_10().is_valid(serial + check):",
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
        "cases/firm.py",
        "self.calendar.local_day(received_at) < first_day",
        "self.calendar.local_day(received_at) <= first_day",
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
        "cases/commands/contact.py",
        "if command.at <= order.now:",
        "if command.at < order.now:",
        _in("desk", "orders"),
    ),
    Mutation(
        "a contact may be agreed for any year",
        "cases/commands/contact.py",
        "if command.at - order.at > _FURTHEST_CONTACT:",
        "if False:",
        _ORDERS,
    ),
    Mutation(
        "a customer may be left without contact for any time",
        "cases/commands/contact.py",
        "if last - today > _LONGEST_WITHOUT_CONTACT:",
        "if False:",
        _ORDERS,
    ),
    Mutation(
        "a case may be closed before it was received",
        "cases/commands/outcome.py",
        "if day(command.at) < day(order.case.received_at):",
        "if False:",
        _ORDERS,
    ),
    Mutation(
        "a grave command is not asked back",
        "cases/correspondence/staff_writes.py",
        'why = "grave_command" if trigger.proof is Proof.REPLY_ADDRESS else "unproved_command"',
        'why = ""',
        _in("desk", "staff"),
    ),
    Mutation(
        "a copy that nobody vouches for counts as contact",
        "cases/correspondence/staff_writes.py",
        "if trigger.proof < Proof.MAIL_SYSTEM:",
        "if False:",
        _CASES,
    ),
    Mutation(
        "an entry may be of tomorrow",
        "cases/commands/reading/entry.py",
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
        "letters/templates.py",
        "undefined=StrictUndefined,",
        "",
        _COMPOSED,
    ),
    Mutation(
        "None is printed as nothing",
        "letters/markup.py",
        'raise TypeError("a fact is None where words are needed")',
        'return ""',
        _COMPOSED,
    ),
    Mutation(
        "a link to any host leaves the house",
        "letters/markup.py",
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
        "if levels > MOST_BOUNDARIES:",
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
        'return any(keyword(each) not in {"no", ""} for each in message.values("auto-submitted"))',
        "return False",
        _CLASSIFY,
    ),
    Mutation(
        "whoever writes in our name is we",
        "mail/origin/classify.py",
        '    ("our_own_copy", Kind.OWN, _is_our_own_copy),',
        '    ("our_own_copy", Kind.OWN, _own_address),',
        _CLASSIFY,
    ),
    Mutation(
        "a name that ends in a no-reply is no person's",
        "mail/origin/unread_addresses.py",
        "(?<![a-z])(?:{_GLUED})?",
        "(?:{_GLUED})?",
        _in("mail", "unread_addresses"),
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
        "Stays.TOO_LARGE if takes > left else None",
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
    Mutation(
        "below a marked quote our own phrases are never the writer's",
        "mail/quoting/marked_quotes.py",
        "return set() if last < 0 or marked <= above or is_a_part else set(freed)",
        "return set()",
        _QUOTED,
    ),
    Mutation(
        "below a marked quote all of our letter may be the writer's",
        "mail/quoting/marked_quotes.py",
        "or is_a_part else set(freed)",
        "else set(freed)",
        _QUOTED,
    ),
    Mutation(
        "an answer between quoted lines is torn out",
        "mail/quoting/answer_first.py",
        "if [part.whose for part in said] != [Whose.QUOTED, Whose.WRITERS] or not _is_long(said[0]):",
        "if not said or not _is_long(said[0]):",
        _in("mail", "answer_first"),
    ),
    Mutation(
        "any last lines are a signature",
        "cases/correspondence/frame.py",
        "    if not any(bare(line) in names for line in lines):\n        return False\n",
        "",
        _in("cases", "frame"),
    ),
    Mutation(
        "words below a command are lost in silence",
        "cases/correspondence/staff_writes.py",
        "return _told_of_the_rest(decision) if is_left_over and not decision.refusal else decision",
        "return decision",
        _in("cases", "frame"),
    ),
    Mutation(
        "who writes in the handler's place does not sign",
        "cases/correspondence/staff_writes.py",
        "return without_signature(body, names) if case.handler == trigger.writer else body",
        "return without_signature(body, names)",
        _in("cases", "frame"),
    ),
    Mutation(
        "what is written above a mail that is passed on reaches nobody",
        "desk/staff/passing_on.py",
        "        cover=passed.cover,\n",
        "",
        _in("desk", "staff"),
    ),
)

#: The desk, on what is known.
DESK = (
    Mutation(
        "what a broken decision wrote stays",
        "cases/known/known.py",
        "setattr(other, name, copy(value))",
        "setattr(other, name, value)",
        _in("desk", "known"),
    ),
    Mutation(
        "what was not read is taken for not there",
        "cases/known/known.py",
        "        if question not in self.asked:\n            raise Unread(question)",
        "        if question not in self.asked:\n            return",
        _in("desk", "known"),
    ),
    Mutation(
        "octets that nobody has read are empty",
        "cases/known/known.py",
        "            raise Unread(Question(Asks.OCTETS, letter.id))",
        '            return b""',
        _in("desk", "known"),
    ),
    Mutation(
        "what this batch opens counts for nobody",
        "cases/known/known.py",
        "            self.busy[handler] += 1",
        "            self.busy[handler] += 0",
        _in("desk", "known"),
    ),
    Mutation(
        "a withheld acknowledgement counts for the cap",
        "cases/known/known.py",
        'if draft.letter.template == "acknowledgement" and not draft.letter.withheld',
        'if draft.letter.template == "acknowledgement"',
        _in("desk", "known"),
    ),
    Mutation(
        "one nonce for everything",
        "cases/known/known.py",
        "hmac.digest(self.seed, what.encode(), hashlib.sha256)",
        'hmac.digest(self.seed, b"", hashlib.sha256)',
        _in("desk", "known"),
    ),
    Mutation(
        "an absence that was ended goes on",
        "desk/turn.py",
        "if each.ended_at is None and each.last_on >= today:",
        "if each.last_on >= today:",
        _in("desk", "known"),
    ),
    Mutation(
        "the last day of an absence is none",
        "desk/turn.py",
        "each.last_on >= today:",
        "each.last_on > today:",
        _in("desk", "known"),
    ),
    Mutation(
        "held mail is released twice",
        "desk/arriving/intake.py",
        "if held is None or held.resolved_at is not None:\n        return False\n    known.held",
        "if held is None:\n        return False\n    known.held",
        _in("desk", "intake"),
    ),
    Mutation(
        "a list's copy stands for the direct mail",
        "desk/arriving/intake.py",
        "if same and same.case_id is None and _is_a_persons(seen, same):",
        "if False:",
        _in("desk", "intake"),
    ),
    Mutation(
        "a flood opens a case each",
        "desk/arriving/intake.py",
        "if told.is_a_flood and what.action in {Action.OPEN, Action.JOIN}:",
        "if False:",
        _in("desk", "intake"),
    ),
    Mutation(
        "a flood with a file is only filed",
        "desk/arriving/brief.py",
        "            and not self.message.attachments\n",
        "",
        _in("desk", "intake"),
    ),
    Mutation(
        "the third of one text is a flood",
        "desk/arriving/repeats.py",
        "len(latest) == MOST_ALIKE",
        "len(latest) == MOST_ALIKE - 1",
        _in("desk", "intake"),
    ),
    Mutation(
        "what was sent a day ago counts still",
        "desk/arriving/repeats.py",
        "read.received_at - _A_DAY)",
        "read.received_at - 2 * _A_DAY)",
        _in("desk", "intake"),
    ),
    Mutation(
        "another file is no other text",
        "desk/arriving/repeats.py",
        "if before.text_digest == text_digest(read):",
        "if True:",
        _in("desk", "intake"),
    ),
    Mutation(
        "the second customer of a form is in the next day's list",
        "cases/identity/set_aside.py",
        "each_its_own = held.hides_somebody or",
        "each_its_own = False or",
        _in("cases", "set_aside"),
    ),
    Mutation(
        "an altered copy opens a case of its own",
        "desk/arriving/intake.py",
        "return what if told.altered is None else self._altered(what, told.altered)",
        "return what",
        _in("desk", "intake"),
    ),
    Mutation(
        "a yes to an earlier outcome closes",
        "desk/arriving/told_to_case.py",
        "if not asked or _has_newer_outcome(turn, case.serial, asked[-1]):",
        "if not asked:",
        _in("desk", "intake"),
    ),
    Mutation(
        "a yes of anybody closes",
        "cases/correspondence/customer_writes.py",
        "return may_be_said and is_theirs and",
        "return may_be_said and",
        _CASES,
    ),
    Mutation(
        "a yes of a machine closes",
        "desk/arriving/told_to_case.py",
        "if told.classification.kind is not Kind.PERSON:",
        "if False:",
        _in("desk", "intake"),
    ),
    Mutation(
        "a click counts whatever the words say",
        "desk/arriving/told_to_case.py",
        "return heard if by_address <= {heard} else Said.ELSE",
        "return next(iter(by_address), heard)",
        _in("desk", "intake"),
    ),
    Mutation(
        "who was anonymised is written to",
        "desk/arriving/brief.py",
        "(at := known.serial_at(serial)) is not None and not known.is_nobodys(at)",
        "(at := known.serial_at(serial)) is not None",
        _in("desk", "intake"),
    ),
    Mutation(
        "a party that was removed is one still",
        "desk/arriving/brief.py",
        "each.email_key == sender and each.removed_at is None\n",
        "each.email_key == sender\n",
        _in("desk", "people"),
    ),
    Mutation(
        "the header of a large message stays in its place",
        "desk/arriving/filing.py",
        "if kept.size >= len(self.brief.arrival.content):",
        "if True:",
        _in("desk", "intake"),
    ),
    Mutation(
        "a letter caps by yesterday's mails",
        "desk/opening.py",
        "if age < _DAY_SECONDS",
        "if age < 2 * _DAY_SECONDS",
        _in("desk", "intake"),
    ),
    Mutation(
        "a yes confirms what was decided meanwhile",
        "desk/staff/desk.py",
        'if held is None or held.resolved_at is not None:\n            return self._told_of_the_question("confirmed_before"',
        'if held is None:\n            return self._told_of_the_question("confirmed_before"',
        _in("desk", "staff"),
    ),
    Mutation(
        "a question is answered as often as one likes",
        "desk/staff/desk.py",
        "if asked and asked.spent_at is None:",
        "if False:",
        _in("desk", "staff"),
    ),
    Mutation(
        "anybody decides on held mail",
        "desk/staff/desk.py",
        "if not (is_theirs or is_in_charge(staff.writer)):",
        "if False:",
        _in("desk", "staff"),
    ),
    Mutation(
        "held mail is filed in a case that is not there",
        "desk/staff/desk.py",
        "if isinstance(command, FileIn) and known.at_reference(command.reference) is None:",
        "if False:",
        _in("desk", "staff"),
    ),
    Mutation(
        "an address that strangers have seen stays",
        "desk/staff/reply_address.py",
        "if is_theirs and not outsiders(read, self.turn.office):",
        "if is_theirs:",
        _in("desk", "staff"),
    ),
    Mutation(
        "an address is spent by its owner",
        "desk/staff/reply_address.py",
        "if is_theirs and not outsiders(read, self.turn.office):",
        "if False:",
        _in("desk", "staff"),
    ),
    Mutation(
        "a spent address is not replaced",
        "desk/staff/reply_address.py",
        "        if self.spend():\n            self.renew()",
        "        self.spend()",
        _in("desk", "staff"),
    ),
    Mutation(
        "a staff mail is known to be answered by its thread alone",
        "desk/staff/proof.py",
        "return _issued(letter, by_address=False)",
        "return _issued(letter, by_address=True)",
        _in("desk", "staff"),
    ),
    Mutation(
        "an unproved copy makes a replay of the real one",
        "desk/arriving/filing.py",
        "if staff is None or staff.proof is Proof.FROM_LINE or not staff.answers",
        "if staff is None or not staff.answers",
        _in("desk", "staff"),
    ),
    Mutation(
        "the same words again go out again",
        "desk/staff/proof.py",
        "new_text(each.text, quoted).split() == text.split() for",
        "False for",
        _in("desk", "staff"),
    ),
    Mutation(
        "mails of an hour ago count for ever",
        "desk/staff/proof.py",
        "        if each.at > turn.now - _HOUR\n",
        "",
        _in("desk", "staff"),
    ),
    Mutation(
        "a reply address proves where our host is asked",
        "desk/staff/proof.py",
        "        why = why or NOT_PROVED",
        '        why = why or ""',
        _in("desk", "staff"),
    ),
    Mutation(
        "words that are to be confirmed are in the file",
        "desk/arriving/intake.py",
        "self._filing.write(None if is_unproved else case.serial, what, silence=what.silence)",
        "self._filing.write(case.serial, what, silence=what.silence)",
        _in("desk", "staff"),
    ),
    Mutation(
        "a mail that was passed on twice opens two cases",
        "desk/staff/passing_on.py",
        "if same and same.case_id and (known := turn.known.case(same.case_id)):",
        "if same and False and (known := turn.known.case(same.case_id or 0)):",
        _in("desk", "staff"),
    ),
    Mutation(
        "a mail that was passed on came when it was",
        "desk/staff/passing_on.py",
        "received_at = min(mail.sent_at, brought_at) if mail.sent_at else brought_at",
        "received_at = brought_at",
        _in("desk", "staff"),
    ),
    Mutation(
        "a delay is a failure",
        "desk/arriving/returned.py",
        "if kind is not Kind.BOUNCE_SOFT:\n            return False",
        "if kind is not Kind.BOUNCE_SOFT:\n            return True",
        _in("desk", "what_came_back"),
    ),
    Mutation(
        "a letter comes back as often as it is said",
        "desk/arriving/returned.py",
        "is_news = letter.status == Status.SENT or is_tried",
        "is_news = True",
        _in("desk", "returned"),
    ),
    Mutation(
        "what was never tried comes back",
        "desk/arriving/returned.py",
        "is_tried = letter.status in UNDERWAY and letter.attempts > 0",
        "is_tried = letter.status in UNDERWAY",
        _in("desk", "returned"),
    ),
    Mutation(
        "an anchor speaks for everybody",
        "desk/arriving/returned.py",
        "            and each.recipient_key in (staff if each.to_staff else customers)\n",
        "",
        _in("desk", "returned"),
    ),
    Mutation(
        "the thread counts before what came back",
        "desk/arriving/returned.py",
        "for ids in (returned, [*returned, *thread]):",
        "for ids in ([*returned, *thread],):",
        _in("desk", "returned"),
    ),
    Mutation(
        "an id of a lost past is an anchor's neighbour",
        "desk/arriving/returned.py",
        "            if self._is_of_a_lost_past(ids):\n                return None\n",
        "",
        _in("desk", "what_came_back"),
    ),
    Mutation(
        "what is probable is settled",
        "desk/arriving/returned.py",
        "return self.probable(word.serial) if word and word.serial else None",
        "return self.probable()",
        _in("desk", "what_came_back"),
    ),
    Mutation(
        "an answer of a program is a bounce",
        "mail/origin/came_back.py",
        "        and not _is_an_answer(message)\n",
        "",
        _in("mail", "classify"),
    ),
    Mutation(
        "a delay in words is a bounce",
        "mail/origin/came_back.py",
        "(_GOES_ON, _SUCCESS_IN_WORDS,",
        "(_SUCCESS_IN_WORDS,",
        _in("desk", "what_came_back"),
    ),
    Mutation(
        "the oldest letter of an anchor came back",
        "desk/arriving/returned.py",
        "return max(sent, key=lambda each: each.id, default=None)",
        "return min(sent, key=lambda each: each.id, default=None)",
        _in("desk", "returned"),
    ),
    Mutation(
        "a stale claim settles",
        "desk/letter_outcomes.py",
        "letter is None or letter.attempts != delivered.letter.attempt:",
        "letter is None:",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "a line changes what a person has said",
        "desk/letter_outcomes.py",
        "if letter.status in _SETTLED or is_withdrawn:",
        "if is_withdrawn:",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "a letter of which nobody knows has expired",
        "desk/letter_outcomes.py",
        "status = Status.EXPIRED if next_at is None else waits",
        "status = Status.EXPIRED",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "a letter is tried for ever",
        "desk/letter_outcomes.py",
        "status = Status.EXPIRED if next_at is None else waits",
        "status = waits",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "a sent letter is declared lost",
        "desk/letter_outcomes.py",
        "Word.FAILED: (Status.UNCERTAIN, Status.DEFERRED),",
        "Word.FAILED: (Status.UNCERTAIN, Status.DEFERRED, Status.SENT),",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "any word of a reply is an alias",
        "desk/letter_outcomes.py",
        "if at and local and domain and len(word) <= LONGEST_KEY:",
        "if len(word) <= LONGEST_KEY:",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "nobody hears of a task that was refused",
        "desk/letter_outcomes.py",
        "        tell_somebody_else(turn, trigger)",
        "        return",
        _in("desk", "letter_outcomes"),
    ),
    Mutation(
        "a step is done again and again",
        "desk/orders.py",
        "turn.known.steps[each.id] = replace(each, done_at=turn.now)",
        "turn.known.steps[each.id] = each",
        _in("desk", "orders"),
    ),
    Mutation(
        "a step is done before its instant",
        "desk/orders.py",
        "if each.done_at is None and each.at <= turn.now\n",
        "if each.done_at is None\n",
        _in("desk", "orders"),
    ),
    Mutation(
        "a step is done a moment late",
        "desk/orders.py",
        "each.at <= turn.now\n",
        "each.at < turn.now\n",
        _in("desk", "orders"),
    ),
    Mutation(
        "a dry run is recorded",
        "desk/orders.py",
        "    if not dry_run:\n",
        "    if True:\n",
        _in("desk", "orders"),
    ),
    Mutation(
        "letters of a merged case stay behind",
        "desk/consequences.py",
        "known.letters[letter.id] = replace(letter, case_id=into)",
        "known.letters[letter.id] = letter",
        _in("desk", "orders"),
    ),
    Mutation(
        "the history of a merged case stays behind",
        "desk/consequences.py",
        "replace(each, case_id=into) if each.case_id == serial else each for",
        "each for",
        _in("desk", "orders"),
    ),
    Mutation(
        "what was due in a merged case is due still",
        "desk/consequences.py",
        "    for each in known.steps_of(serial):\n        del known.steps[each.id]\n",
        "",
        _in("desk", "orders"),
    ),
    Mutation(
        "a merged case counts as work",
        "desk/consequences.py",
        "    known.leaves_work(case)\n",
        "",
        _in("desk", "orders"),
    ),
    Mutation(
        "what is on the line is withdrawn",
        "cases/letter_status.py",
        "STILL_HERE = (Status.QUEUED, Status.DEFERRED)",
        "STILL_HERE = UNDERWAY",
        (*_in("desk", "orders", "people"),),
    ),
    Mutation(
        "what was withheld can never be said",
        "desk/consequences.py",
        "put(turn, replace(letter, key=freed))",
        "put(turn, letter)",
        _in("desk", "orders"),
    ),
    Mutation(
        "a customer may be one of our people",
        "desk/staff/errands.py",
        "    if turn.firm.is_ours(command.email):",
        "    if False:",
        _in("desk", "orders"),
    ),
    Mutation(
        "a letter that has left changes its address",
        "desk/people.py",
        "if each.recipient_key == reader and each.status in STILL_HERE",
        "if each.recipient_key == reader",
        _in("desk", "people"),
    ),
    Mutation(
        "the octets name the old address",
        "desk/people.py",
        "content = addressed_to(turn.known.octets_of(letter), new.name, new.email)",
        "content = letter.content",
        _in("desk", "people"),
    ),
    Mutation(
        "a corrected address is acknowledged again",
        "desk/people.py",
        'key=within(letter.key.replace(f"|{old.key}", f"|{new.key}"), LONGEST_KEY),',
        "",
        _in("desk", "people"),
    ),
    Mutation(
        "who is removed gets what waits",
        "desk/people.py",
        "        _withdraw_copies(turn, case.serial, gone.address.key)\n",
        "",
        _in("desk", "people"),
    ),
    Mutation(
        "who comes back has another thread",
        "desk/people.py",
        "        if row := _row(turn, case, party.address):\n            again",
        "        if (row := _row(turn, case, party.address)) and not row.removed_at:\n            again",
        _in("desk", "people"),
    ),
    Mutation(
        "an address has two rows in a case",
        "desk/people.py",
        "            del turn.known.parties[former.id]",
        "            pass",
        _in("desk", "people"),
    ),
    Mutation(
        "a letter is said again",
        "desk/drafts.py",
        "if not known.is_said(unique, serial)",
        "if True",
        _in("desk", "drafts"),
    ),
    Mutation(
        "an acknowledgement is said on each occasion",
        "desk/drafts.py",
        "is_once = letter.template in ONCE_PER_RECIPIENT",
        "is_once = False",
        _in("desk", "drafts"),
    ),
    Mutation(
        "a copy goes without its original",
        "desk/drafts.py",
        "if letter.copy_of is None or letter.copy_of in said_now",
        "if True",
        _in("desk", "drafts"),
    ),
    Mutation(
        "what is withheld is due",
        "desk/drafts.py",
        "next_attempt_at=None if withheld else now,",
        "next_attempt_at=now,",
        _in("desk", "drafts"),
    ),
    Mutation(
        "a mail to our people is signed as a customer's",
        "desk/drafts.py",
        "thread = Thread.STAFF if letter.to_staff else Thread.CUSTOMER",
        "thread = Thread.CUSTOMER",
        _in("desk", "drafts"),
    ),
    Mutation(
        "a test installation sends",
        "desk/drafts.py",
        'letter.withheld or ("" if office.is_live else NOT_LIVE)',
        "letter.withheld",
        _in("desk", "intake"),
    ),
    Mutation(
        "what lies in the sent folder is written anew",
        "desk/past.py",
        "copy = office.past.letter(row.key, like, draft.at, words)",
        "copy = None",
        _in("desk", "past"),
    ),
    Mutation(
        "somebody gets another's number by their Message-ID",
        "cases/known/past.py",
        "for serial, reader in told if reader == who))",
        "for serial, reader in told))",
        _in("desk", "past"),
    ),
    Mutation(
        "a handler's answer is taken for another one that left",
        "cases/known/past.py",
        '(words and " ".join(words.split()) in each.words)',
        "True",
        _in("desk", "past"),
    ),
    Mutation(
        "a restored database sends before it has caught up",
        "store/standstill.py",
        "ALL = (RESTORED, MOVING, MOVED)",
        "ALL = (MOVING, MOVED)",
        _in("store", "backup"),
    ),
    Mutation(
        "a backup that was changed is put back",
        "store/whole/manifest.py",
        "if found != was:",
        "if False:",
        _in("store", "backup"),
    ),
    Mutation(
        "whoever takes over reads no complaint",
        "desk/drafts.py",
        'is_bare = letter.template == "assignment" and not letter.facts.get("words")',
        "is_bare = False",
        _in("desk", "drafts"),
    ),
    Mutation(
        "the identity of a message is not foreseen",
        "desk/arriving/questions_foreseen.py",
        "    yield Question(Asks.IDENTITY, identity(read))\n",
        "",
        _in("desk", "questions_foreseen"),
    ),
    Mutation(
        "what a bounce names is not foreseen",
        "desk/arriving/questions_foreseen.py",
        "    if kind in _BOUNCES:",
        "    if False:",
        _in("desk", "questions_foreseen"),
    ),
    Mutation(
        "the case of a reference is not foreseen",
        "desk/arriving/questions_foreseen.py",
        "for serial in (*found.in_subject.serials, *found.in_text.serials):",
        "for serial in ():",
        _in("desk", "questions_foreseen"),
    ),
    Mutation(
        "answers to a staff mail are not foreseen",
        "desk/arriving/questions_foreseen.py",
        "        yield Question(Asks.ANSWERS, nonce)",
        "        yield Question(Asks.NONCE, nonce)",
        _in("desk", "questions_foreseen"),
    ),
)

#: The sentences that must stay true, each where it is kept.
SENTENCES = (
    Mutation(
        "a decision needs no reason",
        "cases/correspondence/customer_writes.py",
        'return Decision(reason="answer_owed", booked=(booked,))',
        'return Decision(reason="", booked=(booked,))',
        ("tests/flow/test_sentences.py::test_no_decision_is_written_without_its_reason",),
    ),
    Mutation(
        "a message is moved before it is recorded",
        "workers/intake.py",
        "        recorded: list[tuple[int, int]] = []\n",
        "        recorded: list[tuple[int, int]] = []\n        await self._source.file([each.uid for each in batch])\n",
        (
            "tests/flow/test_sentences.py::test_a_message_is_moved_on_the_server_only_after_record_committed",
        ),
    ),
    Mutation(
        "a message has no row before it is fetched",
        "workers/intake.py",
        "came = await self._fetching.together(mine) if mine else {}",
        "await LedgerRow.filter(id__in=[each.ledger_id for each in begun.values()]).delete()\n"
        "        came = await self._fetching.together(mine) if mine else {}",
        ("tests/flow/test_unwilling_server.py::test_an_empty_message_is_recorded_and_held",),
    ),
    Mutation(
        "what does not come is never set aside",
        "workers/intake.py",
        "is_last = attempt.number >= MOST_ATTEMPTS",
        "is_last = attempt.number >= 99",
        (
            "tests/flow/test_unwilling_server.py::test_at_the_third_refusal_it_is_set_aside_by_its_envelope_and_a_person_is_told",
        ),
    ),
    Mutation(
        "a server that is gone counts against the message in hand",
        "workers/intake.py",
        "            await ledger.give_back(attempt, holder=self._holder())\n",
        "",
        (
            "tests/flow/test_unwilling_server.py::test_a_server_that_is_gone_counts_against_no_message",
        ),
    ),
    Mutation(
        "a message is gone because one look did not show it",
        "workers/intake.py",
        "lost = [uid for uid in missing if uid not in there]",
        "lost = missing",
        (
            "tests/flow/test_unwilling_server.py::test_what_another_worker_has_begun_after_our_look_is_not_gone",
        ),
    ),
    Mutation(
        "somebody new waits for years of old mail",
        "workers/intake.py",
        "(worked and await self._source.has_news())",
        "False",
        (
            "tests/flow/test_unwilling_server.py::test_years_of_mail_that_is_only_filed_keep_nobody_new_waiting",
        ),
    ),
    Mutation(
        "a full folder is never listed whole again",
        "transport/imap_looking.py",
        "_FULL_EVERY = 3600.0",
        "_FULL_EVERY = 1e9",
        _in("servers", "imap_looking"),
    ),
    Mutation(
        "what was recorded and not put away is done with",
        "store/ledger.py",
        "            filed_at__not_isnull=True,\n",
        "",
        _in("store", "lists"),
    ),
    Mutation(
        "a refused folder ends the round",
        "workers/courtesies.py",
        "        if not rows or self._courtesy.rests:\n            return\n",
        "        if not rows:\n            return\n        if self._courtesy.rests:\n            raise ImapFault('it rests')\n",
        (
            "tests/flow/test_unwilling_server.py::test_a_folder_that_takes_nothing_is_told_once_and_keeps_nobody_from_an_answer",
        ),
    ),
    Mutation(
        "what is ours already is taken in again",
        "desk/arriving/intake.py",
        "return state in NOT_OURS_YET",
        "return True",
        _in("desk", "intake"),
    ),
    Mutation(
        "what is ours already is begun again",
        "store/ledger.py",
        "            uid=sight.uid,\n            state__in=list(NOT_OURS_YET),\n",
        "            uid=sight.uid,\n",
        ("tests/store/test_store.py::test_a_second_sight_does_nothing[sqlite]",),
    ),
    Mutation(
        "a retry sends other octets",
        "workers/delivery.py",
        "channel.deliver(letter.content, letter.recipient)",
        'channel.deliver(letter.content + b" " * letter.attempt, letter.recipient)',
        (
            "tests/flow/test_sentences.py::test_the_outbox_holds_final_bytes_with_their_final_message_id_and_a_retry_sends_the_same",
        ),
    ),
    Mutation(
        "the key of a letter names no case",
        "desk/drafts.py",
        'within(f"{serial}|{template}|{by}", LONGEST_KEY)',
        'within(f"{template}|{by}", LONGEST_KEY)',
        _in("desk", "drafts"),
    ),
    Mutation(
        "a claim counts no attempt",
        "store/outbox.py",
        '"attempts" = "attempts" + 1, ',
        '"attempts" = "attempts", ',
        (
            "tests/store/test_store.py::test_claim_commits_attempt_and_lease_before_anything_is_sent[sqlite]",
        ),
    ),
    Mutation(
        "a claim leaves the letter due",
        "store/outbox.py",
        "until = (now + lease).astimezone(UTC)",
        "until = now.astimezone(UTC)",
        (
            "tests/store/test_store.py::test_claim_commits_attempt_and_lease_before_anything_is_sent[sqlite]",
        ),
    ),
    Mutation(
        "two workers claim one letter",
        "store/outbox.py",
        'await ask(tx, "SELECT pg_advisory_xact_lock(?)", [_CLAIMING])',
        "await ask(tx, 'SELECT 1')",
        ("tests/store/test_store.py::test_two_workers_never_claim_the_same_letter[postgres]",),
    ),
    Mutation(
        "a deadline is kept apart from its decision",
        "store/keep_decided.py",
        "    await _keep_rows(tx, StepRow, before.steps, after.steps)\n",
        "    await _keep_rows(tx, StepRow, {}, {})\n",
        (
            "tests/store/test_store.py::test_a_deadline_is_settled_in_the_transaction_of_its_decision[sqlite]",
        ),
    ),
    Mutation(
        "a decision is kept without its events",
        "store/keep_decided.py",
        "    await _keep_events(tx, before, after)\n",
        "",
        (
            "tests/store/test_store.py::test_what_follows_from_a_complaint_is_stored_with_it[sqlite]",
        ),
    ),
    Mutation(
        "a command decides by itself",
        "cli/simulate/future.py",
        "    known = NothingBefore(numbers=Numbers(case=SERIAL))\n",
        "    known = NothingBefore(numbers=Numbers(case=SERIAL))\n    decide(known)\n",
        ("tests/flow/test_sentences.py::test_decide_serves_intake_scheduler_and_delivery_alike",),
    ),
    Mutation(
        "a message that breaks a batch takes the others with it",
        "workers/transaction.py",
        "    if len(batch) == 1:\n        return done\n",
        "    if batch:\n        return done\n",
        (
            "tests/store/test_store.py::test_a_message_that_the_database_refuses_goes_alone_and_stops_no_other[sqlite]",
        ),
    ),
    Mutation(
        "what cannot be kept is taken for a fault of all",
        "workers/transaction.py",
        "        done = [defect for _ in batch]\n",
        "        raise defect\n",
        (
            "tests/store/test_store.py::test_a_message_that_the_database_refuses_goes_alone_and_stops_no_other[sqlite]",
        ),
    ),
    Mutation(
        "every round reads all that was ever sent",
        "store/outbox.py",
        "f\"status = 'sent' AND copy_to <> '' ORDER BY id LIMIT {limit:d}\"",
        "f\"status <> 'queued' AND copy_to <> '' ORDER BY id LIMIT {limit:d}\"",
        ("tests/store/test_query_plans.py::test_a_round_reads_no_table_from_end_to_end[sqlite]",),
    ),
    Mutation(
        "mail leaves by another way",
        "workers/scheduler.py",
        "        overdue = await query.overdue_letters(now - ALARM_AFTER)\n",
        "        overdue = await query.overdue_letters(now - ALARM_AFTER)\n        if overdue < 0:\n            self._office.deliver()\n",
        ("tests/flow/test_sentences.py::test_there_is_one_way_for_mail_to_leave_the_outbox",),
    ),
    Mutation(
        "what runs out is said once a month",
        "workers/credentials.py",
        "here.replace(hour=0,",
        "here.replace(day=1, hour=0,",
        ("tests/workers/test_credentials.py",),
    ),
    Mutation(
        "a letter that is refused for want of a right looks like a moment's trouble",
        "transport/smtp_answers.py",
        "    if _OUR_MAILBOX.search(reply.words):",
        "    if False:",
        ("tests/flow/test_recipe_microsoft.py",),
    ),
    Mutation(
        "a Gmail that wants less traffic is called full",
        "transport/imap_faults.py",
        '| {"OVERQUOTA", "UNAVAILABLE", "WEBALERT"}',
        '| {"UNAVAILABLE", "WEBALERT"}',
        ("tests/servers/test_imap_faults.py",),
    ),
    Mutation(
        "what a challenge says is repeated, our own token too",
        "transport/oauth2/sasl.py",
        'return scope if _SCOPE.fullmatch(scope) else ""',
        "return scope",
        ("tests/oauth2/test_logins.py",),
    ),
    Mutation(
        "a permission that the token lacks is guessed at",
        "transport/oauth2/logins.py",
        """    if lack := missing(protocol, client, token):
        return lack
""",
        "",
        ("tests/oauth2/test_logins.py",),
    ),
)

MUTATIONS = (*RULES, *DESK, *SENTENCES)


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
