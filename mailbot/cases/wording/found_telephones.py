"""
Where no telephone number of a customer is on file, those in their own new words: shown to
them and to the handler as found, and known only once somebody has said so (#correct phone).
"""

from mailbot.cases.case import Case
from mailbot.cases.firm import Firm
from mailbot.mail.quoting.new_text import new_text
from mailbot.mail.telephones import found_in, may_be_in


def found_telephones(case: Case, text: str, firm: Firm, answered: str = "") -> list[str]:
    """
    The numbers as the customer wrote them, none of ours among them. *answered* is the text
    of our mail that *text* answers, where it is known.
    """
    if case.complainant.phone or not may_be_in(text):
        return []
    return list(found_in(new_text(text, answered), others=firm.telephones))
