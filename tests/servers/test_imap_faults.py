"""
What a mail server's refusals mean, in words that say what to do.
"""

import pytest

from mailbot.transport.imap_answers import refused_in_words
from mailbot.transport.imap_faults import code_of, remedy, rest

FULL = "the mailbox is full"
NO_RIGHT = "right to do that is missing"
NO_FOLDER = "no such folder"
NAME = "no folder of that name"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[OVERQUOTA] Quota exceeded (mailbox for user is full)", "make room"),
        ("Not enough disk space", "make room"),
        ("[NOPERM] Permission denied", "right"),
        ("copy failed: Permission denied", "right"),
        ("[LIMIT] Too many connections", "close other programs"),
        ("Too many simultaneous connections. (Failure)", "close other programs"),
        ("User is throttled. Suggested Backoff Time: 299961 milliseconds", "slow down"),
        ("[THROTTLED] Account exceeded command or bandwidth limits.", "slow down"),
        ("[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", "slow down"),
        ("Request is throttled. Suggested Backoff Time: 299910 milliseconds", "slow down"),
        ("[ALERT] Application-specific password required: https://example.com", "app password"),
        ("[WEBALERT https://example.com] Web login required.", "web browser once"),
        ("User is authenticated but not connected.", "no right to this mailbox"),
        ("[AUTHORIZATIONFAILED] No such mailbox owner", "no right to this mailbox"),
        ("[ALERT] Your account is not enabled for IMAP use.", "administrator"),
        ("[EXPIRED] Password expired", "set a new one"),
        ("[UNAVAILABLE] Temporary authentication failure", "nothing is lost"),
        ("[EXPUNGEISSUED] Some of the requested messages no longer exist", "somebody else"),
        ("[TRYCREATE] Mailbox does not exist", "create it"),
        ("Invalid mailbox name", "INBOX and a dot"),
        ("[CORRUPTION] cache is corrupt", "damaged"),
    ],
)
def test_a_refusal_says_what_to_do(said: str, words: str) -> None:
    found = remedy(said)

    assert found is not None
    assert words in found.words


def test_a_refusal_that_nobody_knows_is_told_by_its_code_and_never_by_its_words() -> None:
    told = refused_in_words("copy failed: [ODD] the subject is No line since Monday")

    assert "(ODD)" in told
    assert "Monday" not in told


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("User is throttled. Suggested Backoff Time: 299961 milliseconds", 299.961),
        ("Suggested Backoff Time: 42 seconds", 42.0),
        ("Suggested Backoff Time: 999999999 milliseconds", 3600.0),
        ("[THROTTLED] slow down", 60.0),
        ("[OVERQUOTA] full", 0.0),
        ("anything else", 0.0),
    ],
)
def test_a_server_that_wants_a_rest_gets_it_within_bounds(said: str, seconds: float) -> None:
    assert rest(said) == seconds


def test_the_code_is_in_capitals_whatever_the_server_writes() -> None:
    assert code_of("no [OverQuota] full") == "OVERQUOTA"
    assert code_of("no code here") == ""


@pytest.mark.parametrize(
    ("said", "means"),
    [
        # Courier 5.0
        ("append failed: [ALERT] You exceeded your mail quota.", FULL),
        ("create failed: Invalid mailbox name.", NAME),
        ("select failed: Mailbox does not exist, or must be subscribed to.", NO_FOLDER),
        ("copy failed: [TRYCREATE] Mailbox does not exist.", NO_FOLDER),
        # Cyrus 3.6
        ("append failed: Over quota", FULL),
        ("create failed: Permission denied", NO_RIGHT),
        ("select failed: Mailbox does not exist", NO_FOLDER),
        # Dovecot 2.3
        ("move failed: [OVERQUOTA] Quota exceeded (mailbox for user is full)", FULL),
        # As others put it.
        ("append failed: Mailbox has exceeded its storage limit", FULL),
        ("append failed: Quota limit reached", FULL),
        ("copy failed: message exceeds the mailbox quota", FULL),
    ],
)
def test_a_refusal_is_told_with_what_to_do_about_it(said: str, means: str) -> None:
    assert means in refused_in_words(said)


@pytest.mark.parametrize(
    "said",
    [
        "append failed: you may not change the quota root",
        "fetch failed: 3 messages over the wire were lost",
        "select failed: [INUSE] the mailbox is locked",
    ],
)
def test_a_refusal_of_something_else_is_no_full_mailbox(said: str) -> None:
    assert FULL not in refused_in_words(said)
