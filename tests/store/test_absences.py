"""
Absences that were said by command: kept, known to every decision, taken back.
"""

from datetime import timedelta

import pytest

from mailbot.cases.commands.orders import Away, Back, Command, Misspoken
from mailbot.cases.commands.reading.grammar import parse as parse_commands
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.desk.recorded import Ordered
from mailbot.letters.office import Office
from mailbot.store.tables import CaseRow, OutboxRow
from mailbot.workers import orders
from tests.flow.house import FRIDAY, GARETH, RHIAN, Mail
from tests.store.desk import Desk


def spoken(text: str, office: Office) -> Command:
    (command,) = parse_commands(text, Reckoning(FRIDAY, office.firm.calendar))
    return command


async def said(text: str, office: Office) -> Ordered:
    command = spoken(text, office)
    assert isinstance(command, Away | Back)
    return await orders.absence(command, "Olwen", office, FRIDAY)


async def readers(template: str) -> list[str]:
    return [each.recipient for each in await OutboxRow.filter(template=template).order_by("id")]


async def test_a_new_case_goes_to_somebody_who_is_in(office: Office) -> None:
    answer = await said("#away Rhian Price: today to 2 Jan", office)
    await Desk(office).arrives(Mail())

    assert answer.is_done
    assert "Friday 20 November 2026 to Saturday 2 January 2027" in answer.answer
    assert await readers("assignment") == [GARETH]


async def test_a_message_in_the_case_of_somebody_who_went_away_reaches_the_stand_in(
    office: Office,
) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())
    await said("#away rhian price: 23 Nov to 27 Nov", office)
    desk.now += timedelta(days=3)
    again = Mail(
        subject="Still dead",
        message_id="second@example.com",
        headers=(("In-Reply-To", "<first@example.com>"),),
    )
    await desk.arrives(again)

    assert await readers("customer-reply") == [RHIAN, GARETH]
    assert (await CaseRow.get(serial=1)).handler_email == RHIAN


async def test_who_is_back_gets_cases_again(office: Office) -> None:
    await said("#away Rhian Price: today to 2 Jan", office)
    answer = await said("#away Rhian Price: back", office)
    await Desk(office).arrives(Mail())

    assert answer.is_done
    assert await readers("assignment") == [RHIAN]


async def test_who_never_was_away_cannot_be_taken_back(office: Office) -> None:
    answer = await said("#away Rhian Price: back", office)

    assert not answer.is_done
    assert "handlers.toml" in answer.answer


async def test_nobody_is_away_who_is_not_one_of_us(office: Office) -> None:
    answer = await said("#away Jane Doe: until Tuesday", office)

    assert not answer.is_done
    assert '"Jane Doe" is nobody in handlers.toml; they are: Rhian Price' in answer.answer


@pytest.mark.parametrize(
    "text", ["#away", "#away Rhian Price:", "#away : 21 Dec", "#away Rhian Price: soonish"]
)
async def test_an_absence_in_doubt_is_not_recorded(text: str, office: Office) -> None:
    with pytest.raises(Misspoken):
        spoken(text, office)


async def test_on_a_case_the_command_says_where_it_belongs(office: Office) -> None:
    desk = Desk(office)
    await desk.arrives(Mail())

    answer = await desk.order("#away Rhian Price: 21 Dec to 2 Jan")

    assert not answer.is_done
    assert "mailbot do '#away NAME" in answer.answer
