"""
Whether a customer's answer to an outcome is a yes or a no.

Only a text that, greeting and signature aside, is one of the rulebook's listed
words counts; everything else is for the handler to judge.
"""

from enum import StrEnum

from mailbot.cases.correspondence.frame import bare, body_of
from mailbot.cases.rulebook.choices import Closure


class Said(StrEnum):
    YES = "yes"
    NO = "no"
    ELSE = ""


def said(text: str, closure: Closure) -> Said:
    """
    What the new text of an answer says.
    """
    body = body_of(text)
    if "?" in body:
        # "Resolved?" asks.
        return Said.ELSE
    words = bare(body)
    if not words:
        # "👎" is no "👍", but neither has a word.
        return Said.ELSE
    if words in {bare(each) for each in closure.yes}:
        return Said.YES
    if words in {bare(each) for each in closure.no}:
        return Said.NO
    return Said.ELSE
