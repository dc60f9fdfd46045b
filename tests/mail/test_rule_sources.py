"""
No rule decides without anybody knowing where it comes from.
"""

from mailbot.mail.origin.classify import RULES
from mailbot.mail.origin.rule_sources import SOURCES


def test_every_rule_of_classification_has_its_source_and_no_other() -> None:
    fallbacks = {"nothing_automatic", "unreadable"}

    assert set(SOURCES) == {rule for rule, _, _ in RULES} | fallbacks
