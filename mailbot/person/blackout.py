"""
Other people's names, addresses and telephone numbers, made unreadable in what is told to one.

What a program can know of is whoever has a role in the case, and anything that has the form
of a mail address or a telephone number. Whose number it is it cannot know: what is neither the
person's own, nor the firm's, nor in a mail of theirs is taken for another's. A name that stands
in a note alone it does not see: a person reads those.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mailbot.cases.firm import Firm
from mailbot.mail.telephones import dialled, may_be_in, places_in
from mailbot.store.tables import PartyRow

MARK = "█████"

_ADDRESS = re.compile(r"[^\s<>:;,()\"'“”]+@[^\s<>:;,()\"'“”]+\.\w+")
#: Shorter pieces of a name are words as often as not.
_SHORTEST = 3


@dataclass
class Blackout:
    """
    *addresses* are the person's own, in lower case; *others* has everybody else in the cases.
    The telephone numbers in *known* are the person's, or were written by them.
    """

    firm: Firm
    addresses: frozenset[str]
    own_names: frozenset[str]
    others: tuple[PartyRow, ...] = ()
    known: tuple[str, ...] = ()
    #: How often something was made unreadable.
    count: int = field(default=0, init=False)

    def of(self, text: str) -> str:
        said = self._names.sub(self._black, text) if self._names else text
        said = _ADDRESS.sub(self._of_address, said)
        return self._without_telephones(said) if may_be_in(said) else said

    def of_all(self, value: Any) -> Any:
        """
        The same of every text in a document.
        """
        if isinstance(value, str):
            return self.of(value)
        if isinstance(value, Mapping):
            return {name: self.of_all(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.of_all(each) for each in value]
        return value

    def _black(self, _: re.Match[str]) -> str:
        self.count += 1
        return MARK

    def _of_address(self, found: re.Match[str]) -> str:
        address = found[0].lower().rstrip(".")
        if address in self.addresses or self._is_the_firms(address):
            return found[0]
        return self._black(found)

    def _without_telephones(self, text: str) -> str:
        pieces, at = [], 0
        for start, end, number in places_in(text):
            if number not in self._known_numbers:
                self.count += 1
                pieces += [text[at:start], MARK]
                at = end
        return "".join((*pieces, text[at:]))

    @cached_property
    def _known_numbers(self) -> frozenset[str]:
        theirs = dialled(self.known) - dialled(each.phone for each in self.others)
        return theirs | dialled(self.firm.telephones)

    def _is_the_firms(self, address: str) -> bool:
        firm = self.firm
        known = {firm.service_address, firm.rulebook.ofcom.email, firm.rulebook.adr.email}
        return address in {each.lower() for each in known} or bool(firm.people.by_address(address))

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        """
        Whole names and numbers however they are written, and each piece of a name as it is.
        """
        mine = {piece.lower() for name in self.own_names for piece in name.split()}
        whole, pieces = set[str](), set[str]()
        for each in self.others:
            if each.name.lower() not in {name.lower() for name in self.own_names}:
                whole.add(each.name)
                pieces |= {word for word in each.name.split() if word.lower() not in mine}
            whole |= {each.email, each.phone, *each.postal_address.splitlines()}
        spelt = [f"(?i:{re.escape(each)})" for each in _longest_first(whole)]
        spelt += [re.escape(each) for each in _longest_first(pieces) if len(each) >= _SHORTEST]
        return re.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)") if spelt else None


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(filter(None, words), key=lambda each: (-len(each), each))
