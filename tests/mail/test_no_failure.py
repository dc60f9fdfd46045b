"""
What a mail system may say of our mail beside that it failed: it goes on, it has arrived, it
waits for a person. In these words it returns our mail, too.
"""

import pytest

from mailbot.mail.origin.came_back import came_back
from tests.mail.builders import mail, read

OURS = "ack-1@example.com"
RETURNED = (
    f"\n\nFrom: service@example.com\nMessage-ID: <{OURS}>\nSubject: Your complaint\n\nDear Jane"
)


def is_a_failure(subject: str, words: str) -> bool:
    content = mail(
        ("From", "MAILER-DAEMON@mx.example.net"),
        ("Return-Path", "<>"),
        ("Subject", subject.encode()),
        ("Content-Type", "text/plain; charset=utf-8"),
        body=words + RETURNED,
    )
    return came_back(read(content), lambda each: each == OURS)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Mail status", "It has been queued for 4 hours; we keep trying for 5 days."),
        ("Transient problem", "The message is still in the queue and will leave when it can."),
        ("Oedi wrth anfon", "Byddwn yn parhau i geisio am bum niwrnod."),
        ("Ostrzeżenie", "System będzie nadal próbował dostarczyć wiadomość."),
        ("Bildirim", "Sistem denemeye devam edecek."),
    ],
)
def test_an_attempt_that_goes_on_is_no_failure(subject: str, words: str) -> None:
    assert not is_a_failure(subject, words)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Delivery confirmation", "See below."),
        ("Toimitettu: Your complaint", "Viestisi on perillä."),
        ("Doručeno: Your complaint", "Zpráva byla doručena."),
        ("Mail status", "Your message was successfully delivered to jane@example.com."),
        ("Statut", "Votre message a bien été remis."),
    ],
)
def test_what_has_arrived_is_no_failure(subject: str, words: str) -> None:
    assert not is_a_failure(subject, words)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Your message was quarantined", "See below."),
        ("Su mensaje está en cuarentena", "Véase abajo."),
        ("Message held", "It is held for moderator approval."),
        ("Notice", "Your message has been placed in quarantine."),
    ],
)
def test_what_waits_for_a_person_is_no_failure(subject: str, words: str) -> None:
    assert not is_a_failure(subject, words)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Mail status", "The address you are trying to reach does not exist."),
        ("Mail status", "It could not be successfully delivered to jane@example.com."),
        ("Mitteilung", "Die Nachricht wurde nicht zugestellt."),
        ("Mail status", "Your message was held too long in the queue and is returned."),
    ],
)
def test_words_near_to_those_are_a_failure_all_the_same(subject: str, words: str) -> None:
    assert is_a_failure(subject, words)
