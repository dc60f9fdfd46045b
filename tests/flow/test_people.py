"""
The firm's people change while mailbot runs: who comes, who leaves, and a file that is wrong.
"""

from mailbot import rounds
from mailbot.cli.check.trying import check
from mailbot.store.tables import CaseRow, OutboxRow
from tests.flow.house import GARETH, JANE, MANAGER, RHIAN, House, Mail, an_answer, text_of

RHIANS_NAME = 'name = "Rhian Price"'
RHIANS_ADDRESS = f'email = "{RHIAN}"'


def own_file(house: House) -> None:
    """
    The firm's own copy of the file, which the test may change under a running worker.
    """
    house.rewrite("handlers.toml", RHIANS_NAME, RHIANS_NAME)


def rhian_leaves(house: House) -> None:
    house.rewrite("handlers.toml", RHIANS_ADDRESS, 'email = "olwen.rees@example.com"')


async def test_a_changed_file_counts_from_the_next_look_on_without_a_restart(house: House) -> None:
    own_file(house)
    async with house.open() as running:
        await running.see_who_works_here()
        rhian_leaves(house)
        await running.see_who_works_here()
        house.deliver(Mail())
        assert await rounds.run_once(running)

    assert house.one("assignment").rcpt_to == ("olwen.rees@example.com",)
    assert [line["count"] for line in house.logged("people_changed")] == [4]


async def test_a_file_that_is_wrong_is_one_alarm_and_the_people_stay(house: House) -> None:
    own_file(house)
    async with house.open() as running:
        house.rewrite("handlers.toml", RHIANS_NAME, 'nmae = "Rhian Price"')
        await running.see_who_works_here()
        await running.see_who_works_here()
        house.deliver(Mail())
        assert await rounds.run_once(running)

    assert house.one("assignment").rcpt_to == (RHIAN,)
    assert [line["level"] for line in house.logged("people_not_read")] == ["error"]


async def test_cases_that_somebody_left_behind_are_an_alarm_and_check_names_them(
    house: House,
) -> None:
    own_file(house)
    await house.take_in(Mail())
    async with house.open() as running:
        rhian_leaves(house)
        await running.see_who_works_here()

    assert [line["count"] for line in house.logged("cases_left_behind")] == [1]
    problems = (await check(house.config, house.process_environ)).problems
    assert problems == [
        (
            f"handlers.toml: {RHIAN} is not in the file and has 1 open (ISS-000001-95): put them"
            " back, or give each case to somebody else: mailbot case ISS-000001-95 do"
            " '#assign NAME'"
        )
    ]


async def test_the_reply_address_of_somebody_who_left_is_worth_nothing(house: House) -> None:
    await house.take_in(Mail())
    assignment = house.one("assignment")
    rhian_leaves(house)

    fresh = await house.take_in(an_answer(assignment, "Dear Jane, one last word."))

    assert [each.rcpt_to for each in fresh if JANE in each.rcpt_to] == []
    (shown,) = [each for each in fresh if each.rcpt_to == (MANAGER,)]
    assert "one last word" in text_of(shown)
    assert [each.rcpt_to for each in fresh if RHIAN in each.rcpt_to] == []
    assert (await house.row(OutboxRow, template="assignment")).spent_why == (
        "seen_from_another_address"
    )


async def test_while_a_handler_is_away_new_cases_go_to_others(house: House) -> None:
    house.rewrite("handlers.toml", "away = [] ", "away = [{ from = 2026-11-20, to = 2026-11-27 }] ")
    await house.take_in(Mail())

    assert (await house.row(CaseRow)).handler_email == GARETH
