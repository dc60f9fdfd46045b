"""
Whose case a message belongs to, by the strongest evidence in it.

    reply token  >  a signed id of ours  >  a customer's own earlier id
                 >  the reference  >  a new case

A signed token or id is evidence of the case, never of a person; the other two are
evidence only together with a party's address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from mailbot.cases import reference
from mailbot.mail.message import InboundMessage
from mailbot.mail.signed_ids import Keyring, SignedId, plus_token


class Evidence(IntEnum):
    """
    Stronger is larger.
    """

    NONE = 0
    REFERENCE_IN_TEXT = 1
    REFERENCE = 2
    OWN_MESSAGE_ID = 3
    REFERENCES = 4
    IN_REPLY_TO = 5
    REPLY_TOKEN = 6

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, kw_only=True)
class Signals:
    """
    What in a message may name a case, before anyone asked which cases there are.
    """

    tokens: tuple[str, ...] = ()
    #: Of those the ones in the yes or no address of an outcome, with which it was.
    answers: tuple[tuple[str, str], ...] = ()
    #: Verified ids of ours with where they stood, strongest place first.
    signed: tuple[tuple[Evidence, SignedId], ...] = ()
    #: Ids that are not ours: a customer's own earlier ones, or aliases a relay gave to ours.
    foreign: tuple[tuple[Evidence, str], ...] = ()
    in_subject: reference.Found = field(default_factory=reference.Found)
    in_text: reference.Found = field(default_factory=reference.Found)

    @property
    def is_answer(self) -> bool:
        return bool(self.signed or self.foreign)


#: More ids than a conversation has are looked up by nobody: each costs a question.
_MOST_IDS = 80


def signals(
    message: InboundMessage,
    keyring: Keyring,
    own_addresses: Iterable[str],
    prefix: str,
) -> Signals:
    """
    Everything in *message* that verifies as ours or may be looked up.
    """
    addresses = [*(each.email for each in message.recipients), *message.delivered_to]
    tokens = [
        signed
        for address in addresses
        for own in own_addresses
        if (token := plus_token(address, own)) and (signed := keyring.read_token(token))
    ]
    placed = [(Evidence.IN_REPLY_TO, each) for each in message.in_reply_to]
    # RFC 5322 §3.6.4: the newest stands last.
    placed += [(Evidence.REFERENCES, each) for each in reversed(message.references)]
    # A bounce names the mail that came back in what it returns (RFC 3464 §2).
    placed += [(Evidence.REFERENCES, each) for each in message.returned_ids]
    placed = placed[:_MOST_IDS]
    ours: list[tuple[Evidence, SignedId]] = []
    others: list[tuple[Evidence, str]] = []
    for place, message_id in placed:
        if signed_id := keyring.read_id(message_id):
            ours.append((place, signed_id))
        else:
            others.append((place, message_id))
    return Signals(
        tokens=tuple(dict.fromkeys(each.nonce for each in tokens)),
        answers=tuple(dict.fromkeys((each.nonce, each.answer) for each in tokens if each.answer)),
        signed=tuple(dict.fromkeys(ours)),
        foreign=tuple(dict.fromkeys(others)),
        in_subject=reference.find(message.subject, prefix),
        in_text=reference.find(message.text, prefix),
    )


@dataclass(frozen=True, order=True)
class Candidate:
    """
    One case that one signal names. *knows_sender* says whether the sender is a party there.
    """

    evidence: Evidence
    serial: int
    knows_sender: bool = False


@dataclass(frozen=True, kw_only=True)
class Match:
    """
    The case, on what evidence, and what else was in the running.
    """

    serial: int | None = None
    evidence: Evidence = Evidence.NONE
    #: Two signals of one strength that name different cases: a person must say.
    is_ambiguous: bool = False
    #: Cases that a stranger named without a proof; shown to the handler, told to nobody.
    possible: tuple[int, ...] = ()
    #: References with a wrong check digit, as written.
    near: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_a_partys(self) -> bool:
        """
        Whether a mail of ours is answered in the case, and from an address of a party.
        """
        is_signed = self.evidence >= Evidence.REFERENCES
        return is_signed and any(
            each.knows_sender for each in self.candidates if each.serial == self.serial
        )


#: A reference is printed on every mail, and a customer's own id is in every copy of
#: theirs: whoever saw one knows it, and it counts only with a party's own address.
_NEEDS_THE_SENDER = {Evidence.REFERENCE, Evidence.REFERENCE_IN_TEXT, Evidence.OWN_MESSAGE_ID}

#: In References the order decides; everywhere else two cases of one strength are a conflict.
_ORDERED = {Evidence.REFERENCES}


def match(candidates: Sequence[Candidate], near: tuple[str, ...] = ()) -> Match:
    """
    The case that *candidates* (in the order they stood in the message) name.
    """
    believed = [
        each for each in candidates if each.evidence not in _NEEDS_THE_SENDER or each.knows_sender
    ]
    doubted = [each.serial for each in candidates if each not in believed]
    everything = tuple(candidates)
    if not believed:
        possible = tuple(dict.fromkeys(doubted))
        return Match(possible=possible, near=near, candidates=everything)
    strongest = max(each.evidence for each in believed)
    serials = list(dict.fromkeys(each.serial for each in believed if each.evidence is strongest))
    if len(serials) > 1 and strongest not in _ORDERED:
        return Match(evidence=strongest, is_ambiguous=True, candidates=everything, near=near)
    others = tuple(dict.fromkeys(each for each in doubted if each != serials[0]))
    return Match(
        serial=serials[0], evidence=strongest, possible=others, near=near, candidates=everything
    )
