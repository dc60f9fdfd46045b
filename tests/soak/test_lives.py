"""
The lives that the soak tells.
"""

from collections import Counter
from datetime import timedelta

from tests.benchmark.sink import Letter
from tests.flow.house import FRIDAY
from tests.soak.lives import CUSTOMER, LIVES, Complaints, life_of


def test_of_a_hundred_complaints_each_life_has_as_many_as_it_says() -> None:
    assert Counter(map(life_of, range(500, 600))) == {
        name: many for name, (many, _) in LIVES.items()
    }


def test_a_customer_answers_the_letter_that_is_there_and_nobody_answers_one_that_is_not() -> None:
    number = next(each for each in range(100) if life_of(each) == "talked over")
    complaints = Complaints([FRIDAY] * (number + 1))
    assert len(list(complaints.until(FRIDAY))) == number + 1
    complaints.saw(
        Letter(
            0.0,
            f"{CUSTOMER}{number}@example.com",
            b"Reply-To: service+token@example.org\r\nSubject: Yours\r\n"
            b"Message-ID: <c.1@example.org>\r\nX-Mailbot-Template: acknowledgement\r\n"
            b"X-Mailbot-Case: ISS-000001-95\r\n\r\nWe have it.\r\n",
        )
    )

    [(_, answer)] = complaints.until(FRIDAY + timedelta(days=2.5))

    assert b"To: service+token@example.org\r\n" in answer
    assert b"In-Reply-To: <c.1@example.org>\r\n" in answer
    assert b"\r\n> We have it.\r\n" in answer
    assert complaints.unanswerable["talked over: assignment"] == 1
