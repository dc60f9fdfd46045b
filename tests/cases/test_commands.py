"""
The grammar of what staff order: what is read, and what is refused with what to write.
"""

from datetime import date
from decimal import Decimal

import pytest

from mailbot.cases.commands import orders
from mailbot.cases.commands.orders import Channel, Command, Misspoken
from mailbot.cases.commands.reading.command_lines import grave, has_commands
from mailbot.cases.commands.reading.grammar import KNOWN, parse, strays
from mailbot.cases.commands.reading.spoken_moment import Reckoning
from mailbot.cases.rulebook.lengths import Unit, Within
from tests.cases.builders import a_firm, at

#: A Wednesday.
NOW = at("2026-11-25 10:00")
RECKONING = Reckoning(NOW, a_firm().calendar)


@pytest.mark.parametrize("command", ["#release", "#reject", "#case ISS-000001-95"])
def test_a_number_that_fits_nowhere_is_no_held_message(command: str) -> None:
    for digits in ("9" * 22, "9" * 5000):
        with pytest.raises(Misspoken, match="write the number that mailbot held list shows"):
            parse(f"{command} {digits}", RECKONING)


def test_a_complaint_may_be_of_another_year_if_somebody_says_so() -> None:
    entered = one(
        "#open\nchannel: phone\nreceived: 24/11/2006 anyway\nname: Jo\nphone: 01495 1\n\nDead."
    )

    assert isinstance(entered, orders.Open)
    assert entered.received_at == at("2006-11-24 09:00")


def one(text: str) -> Command:
    found = parse(text, RECKONING)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#note She rings back.", orders.Note("She rings back.")),
        ("#note\nShe rings\nback.", orders.Note("She rings\nback.")),
        ("#note In short:\nall of it", orders.Note("In short:\n\nall of it")),
        ("#contact tue 14:00", orders.Contact(at("2026-12-01 14:00"))),
        ("#call\nWe spoke.", orders.Call("We spoke.")),
        ("#every 3 working days", orders.Every(Within(3, Unit.WORKING_DAY))),
        ("#every 7 days", orders.Every(Within(7, Unit.DAY))),
        ("#outcome\nMended.", orders.Outcome("Mended.")),
        ("#outcome Mended.\n\nSorry again.", orders.Outcome("Mended.\n\nSorry again.")),
        (
            "#close phone Jane Doe, 24/11 14:00",
            orders.Close(Channel.PHONE, "Jane Doe", at("2026-11-24 14:00")),
        ),
        (
            "#close LETTER Doe, Jane, today 9am",
            orders.Close(Channel.LETTER, "Doe, Jane", at("2026-11-25 09:00")),
        ),
        ("#reopen", orders.Reopen("")),
        ("#reopen it is broken again", orders.Reopen("it is broken again")),
        ("#escalate she asked for it", orders.Escalate("she asked for it")),
        ("#deadlock\nWe cannot agree.", orders.Deadlock("We cannot agree.")),
        ("#not-complaint opening hours", orders.NotComplaint("opening hours")),
        ("#complaint", orders.Complaint("")),
        ("#assign Owen Parry", orders.Assign("Owen Parry")),
        ("#assign department:Billing", orders.Assign("department:Billing")),
        ("#credit 25.00 December 2026", orders.Credit(Decimal(25), date(2026, 12, 1))),
        ("#credit £25.5 november 2026", orders.Credit(Decimal("25.5"), date(2026, 11, 1))),
        ("#credit applied", orders.CreditApplied()),
        ("#need large print", orders.Need("large print")),
        ("#not-eligible larger business", orders.NotEligible("larger business")),
        ("#eligible", orders.Eligible()),
        ("#dp", orders.DataProtection()),
        ("#post", orders.Post()),
        (
            "#post\n1 High Street\n Ebbw Vale,NP23 6XX\n",
            orders.Post(("1 High Street", "Ebbw Vale", "NP23 6XX")),
        ),
        ("#post 1 High Street, Ebbw Vale", orders.Post(("1 High Street", "Ebbw Vale"))),
        ("#email", orders.Email()),
        ("#posted", orders.Posted()),
        ("#posted Outcome", orders.Posted("outcome")),
        ("#correct name Jane Smith", orders.Correct(orders.Detail.NAME, "Jane Smith")),
        (
            "#correct EMAIL jane.smith@example.com",
            orders.Correct(orders.Detail.EMAIL, "jane.smith@example.com"),
        ),
        ("#correct phone 01495 1", orders.Correct(orders.Detail.PHONE, "01495 1")),
        (
            "#correct address\n1 High Street\nEbbw Vale",
            orders.Correct(orders.Detail.ADDRESS, "1 High Street\nEbbw Vale"),
        ),
        (
            "#correct address 12, High Street, Ebbw Vale",
            orders.Correct(orders.Detail.ADDRESS, "12, High Street\nEbbw Vale"),
        ),
        (
            "#post\nFlat 2\n12a\nHeol y Capel, Ebbw Vale",
            orders.Post(("Flat 2", "12a Heol y Capel", "Ebbw Vale")),
        ),
        (
            "#post No. 7, Long Acre, 3, 12-14, High Street",
            orders.Post(("No. 7, Long Acre", "3", "12-14, High Street")),
        ),
        ("#post Bahnhofstr. 12, 10115 Berlin", orders.Post(("Bahnhofstr. 12", "10115 Berlin"))),
        (
            "#party add bob@example.com solicitor",
            orders.AddParty("bob@example.com", "solicitor"),
        ),
        (
            "#Party ADD bob@example.com  second   address ,  Copies",
            orders.AddParty("bob@example.com", "second address", gets_copies=True),
        ),
        ("#party remove bob@example.com", orders.RemoveParty("bob@example.com")),
        ("#merge iss-000001-95", orders.Merge("ISS-000001-95")),
        (
            "#open channel: telephone\nreceived: 20/11 16:45\nname: Jane Doe\nphone: 01495 1\n\nDead.",
            orders.Open(
                way=orders.Way.TELEPHONE,
                received_at=at("2026-11-20 16:45"),
                name="Jane Doe",
                text="Dead.",
                phone="01495 1",
            ),
        ),
        (
            "#away Owen Parry: 21 Dec to 2 Jan",
            orders.Away("Owen Parry", date(2026, 12, 21), date(2027, 1, 2)),
        ),
        ("#release", orders.Release()),
        ("#release 12", orders.Release(12)),
        ("#reject 12", orders.Reject(12)),
        ("#case iss-000001-95", orders.FileIn("ISS-000001-95")),
        ("#case ISS-000001-95 12", orders.FileIn("ISS-000001-95", 12)),
        ("#subject", orders.SubjectAccess()),
        (
            "#subject she rang\n\nBy post, please.",
            orders.SubjectAccess("she rang\n\nBy post, please."),
        ),
        ("#status", orders.Status()),
        ("#help", orders.Help()),
        ("  #STATUS  ", orders.Status()),
        ("# status", orders.Status()),
        ("#note\N{NO-BREAK SPACE}filed", orders.Note("filed")),
    ],
)
def test_a_command_is_read(text: str, expected: Command) -> None:
    assert one(text) == expected


def test_every_command_of_the_list_has_an_example_above() -> None:
    marks = test_a_command_is_read.pytestmark  # type: ignore[attr-defined]
    said = {text.strip().lstrip("# ").split()[0].lower() for text, _ in marks[0].args[1]}

    assert {f"#{each}" for each in said} == set(KNOWN.split(", "))


def test_several_commands_are_read_in_their_order() -> None:
    assert parse("#call\n#every 3 working days\nWe spoke.", RECKONING) == (
        orders.Call("We spoke."),
        orders.Every(Within(3, Unit.WORKING_DAY)),
    )


def test_an_empty_line_between_commands_makes_the_second_no_text() -> None:
    assert parse("#outcome We mended it.\n\n#need large print", RECKONING) == (
        orders.Outcome("We mended it."),
        orders.Need("large print"),
    )


@pytest.mark.parametrize("word", ["not-complaint", "not-eligible", "assign"])
def test_a_reason_that_others_may_read_stands_on_the_line_itself(word: str) -> None:
    with pytest.raises(Misspoken, match="on the same line"):
        one(f"#{word}\nHe is a nuisance.")


@pytest.mark.parametrize("word", ["reopen", "complaint"])
def test_the_text_below_such_a_command_stays_inside(word: str) -> None:
    assert "nuisance" not in str(one(f"#{word}\nHe is a nuisance."))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no command"),
        ("Hello", "there is no command"),
        ("#", "# is no command"),
        ("#frobnicate", "#frobnicate is no command. The commands are: #assign"),
        ("#note", "needs a text"),
        ("#need", "needs a text"),
        ("#escalate", "needs a text"),
        ("#call", "needs the text that the customer is to read"),
        ("#outcome", "needs the text that the customer is to read"),
        ("#deadlock", "needs the text that the customer is to read"),
        ("#contact tue", "no time of day"),
        ("#contact", "contact: write a day and a time"),
        ("#contact today 9:00", "is in the past"),
        ("#contact in 99999999 hours", "write a day and a time"),
        (f"#contact in {'9' * 5000} minutes", "write a day and a time"),
        ("#away in 99999999999 days", "write the first and the last day"),
        ("#away 31 Nov to 2 Dec", "write the first and the last day"),
        ("#away", '"#away Rhian Price: back"'),
        ("#credit 25.00 December 2062", "more than a year off"),
        (
            "#open\nchannel: phone\nreceived: 24/11/2006\nname: Jo\nphone: 01495 1\n\nDead.",
            '"received: 24/11/2006 anyway"',
        ),
        ("#contact today 10:00", "is in the past"),
        ("#contact 20/11/2026 9:00", "is in the past"),
        ("#every", "write an interval"),
        ("#every fortnight", "write an interval"),
        ("#every 48 hours", "write whole days"),
        ("#every 0 days", "write an interval"),
        ("#close", "how, who and when"),
        ("#close phone", "how, who and when"),
        ("#close phone Jane Doe", "how, who and when"),
        ("#close phone , today 9:00", "how, who and when"),
        ("#close pigeon Jane Doe, today 9:00", "how, who and when"),
        ("#close phone Jane Doe, lately", "no time of day"),
        ("#close phone Jane Doe, today 11:00", "is still to come"),
        ("#credit", "write the amount"),
        ("#credit 25.00", "write the amount"),
        ("#credit 25.00 Decembre 2026", "write the amount"),
        ("#credit 25.00 December", "write the amount"),
        ("#credit 25.001 December 2026", "write the amount"),
        ("#credit 0 December 2026", "write the amount"),
        ("#credit -5 December 2026", "write the amount"),
        ("#credit nan December 2026", "write the amount"),
        ("#credit infinity December 2026", "write the amount"),
        ("#credit 1e30 December 2026", "write the amount"),
        ("#credit 25.00 October 2026", "is over"),
    ],
)
def test_a_command_that_cannot_be_read_is_refused_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(Misspoken, match=why):
        parse(text, RECKONING)


def test_one_that_cannot_be_read_refuses_all() -> None:
    with pytest.raises(Misspoken, match="#frobnicate"):
        parse("#status\n#frobnicate", RECKONING)


def test_a_command_below_other_text_is_refused_before_a_customer_could_read_it() -> None:
    with pytest.raises(Misspoken, match="#close stands below other text"):
        parse("#outcome\nMended.\n#close phone Jane Doe, today 9:00", RECKONING)


def test_a_number_sign_in_a_text_is_no_command() -> None:
    assert one("#call\nYour router is\n#2 of three.") == orders.Call("Your router is\n#2 of three.")


def test_one_text_is_not_sent_as_two_mails() -> None:
    with pytest.raises(Misspoken, match="#call and #outcome in one mail have one text"):
        parse("#call\n#outcome\nMended.", RECKONING)


def test_more_than_twenty_commands_are_a_pasted_text() -> None:
    assert len(parse("#status\n" * 20, RECKONING)) == 20
    with pytest.raises(Misspoken, match="more than 20"):
        parse("#status\n" * 21, RECKONING)


@pytest.mark.parametrize("text", ["#note x", "\n\n  #note x", "#anything"])
def test_a_mail_whose_first_line_starts_with_the_sign_is_an_order(text: str) -> None:
    assert has_commands(text)


@pytest.mark.parametrize("text", ["", "Hello\n#note x", "see #note"])
def test_any_other_mail_is_an_answer(text: str) -> None:
    assert not has_commands(text)


def test_the_grave_commands_are_those_that_would_harm_over_a_stolen_mail() -> None:
    everything = "\n".join(f"{each} x" for each in KNOWN.split(", "))

    assert grave(everything) == (
        "#assign",
        "#case",
        "#close",
        "#correct",
        "#credit",
        "#deadlock",
        "#merge",
        "#not-complaint",
        "#not-eligible",
        "#open",
        "#party",
        "#release",
        "#subject",
    )


@pytest.mark.parametrize("text", ["#CLOSE phone", "# close phone", "#status\n\n#close phone"])
def test_a_grave_command_is_known_however_it_is_written(text: str) -> None:
    assert grave(text) == ("#close",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#party", "Write"),
        ("#party bob@example.com", "Write"),
        ("#party copies bob@example.com", "Write"),
        ("#party add", "Write"),
        ("#party remove", "Write"),
        ("#party remove bob@example.com solicitor", "Write"),
        ("#party add bob@example.com", "which role bob@example.com has"),
        ("#party add bob solicitor", '"bob" is no mail address'),
        ("#party remove bob", '"bob" is no mail address'),
        ("#party add bob@example.com , copies", '"" is no role'),
        ("#party add bob@example.com solicitor carol@example.com", "is no role"),
        (f"#party add bob@example.com {'x' * 33}", "no longer than 32 characters"),
        ("#party add bob@example.com solicitor, letters", '"letters" is nothing'),
        ("#party add bob@example.com solicitor, copies, too", '"copies, too" is nothing'),
        ("#party add bob@example.com solicitor,", '"" is nothing'),
        ("#party add bob@example.com Complainant", "#correct email"),
    ],
)
def test_a_party_that_is_not_said_right_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(orders.Misspoken) as doubt:
        parse(text, RECKONING)

    assert said in str(doubt.value)
    assert "#" in str(doubt.value)


@pytest.mark.parametrize(
    "line",
    [
        "*#note* she is rude",
        "* #note she is rude",
        "\u2022 #note she is rude",
        "- #note she is rude",
        "1. #note she is rude",
        "\\#note she is rude",
    ],
)
def test_a_command_is_seen_behind_whatever_a_program_makes_of_it(line: str) -> None:
    assert strays(line) == (line.strip(),)
    assert strays(f"Dear Jane,\n{line}")


@pytest.mark.parametrize(
    "line", ["\u200b#note she is rude", "\ufeff \u200b#note she is rude", "\uff03note she is rude"]
)
def test_what_only_a_program_tells_from_a_command_is_one(line: str) -> None:
    assert one(line) == orders.Note("she is rude")
    assert one(f"\u200b\n{line}") == orders.Note("she is rude")
    assert strays(f"Dear Jane,\n{line}")


@pytest.mark.parametrize(
    "line", ["We are #1 in Wales", "Ticket no. #note", "#", "- #5 High Street"]
)
def test_a_sign_in_a_sentence_is_no_command(line: str) -> None:
    assert strays(f"Dear Jane,\n{line}") == ()


# --- as mail clients write it -----------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "<j@example.com>",
        "mailto:j@example.com",
        "j@example.com<mailto:j@example.com>",
        "j@example.com<MAILTO:J@example.com>",
        "j@example.com[mailto:j@example.com]",
    ],
)
def test_an_address_is_read_with_the_link_that_a_client_wrote_to_it(written: str) -> None:
    entered = "#open\nchannel: telephone\nname: Jo\nemail: {}\n\nDead."

    assert one(f"#correct email {written}") == one("#correct email j@example.com")
    assert one(f"#party add {written} solicitor, copies") == one(
        "#party add j@example.com solicitor, copies"
    )
    assert one(f"#party remove {written}") == orders.RemoveParty("j@example.com")
    assert one(entered.format(written)) == one(entered.format("j@example.com"))


@pytest.mark.parametrize(
    "written",
    [
        "j@example.com<mailto:evil@example.com>",
        "j@example.com k@example.com",
        "<mailto:>",
        "j@example.com<https://example.com>",
    ],
)
def test_an_address_whose_link_leads_elsewhere_is_none(written: str) -> None:
    with pytest.raises(Misspoken) as doubt:
        one(f"#correct email {written}")

    assert f'"{written}" is no mail address' in str(doubt.value)


AN_ENTRY = ("#open", "channel: telephone", "received: 20/11 16:45", "name: Jo", "phone: 01495 1")


@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n \r\n", "\n\n\n"])
def test_entries_that_a_client_has_made_paragraphs_of_are_entries(between: str) -> None:
    entered = one(between.join((*AN_ENTRY, "", "No dial tone.", "", "Since Tuesday.")))

    assert isinstance(entered, orders.Open)
    assert (entered.name, entered.phone) == ("Jo", "01495 1")
    assert entered.received_at == at("2026-11-20 16:45")
    assert [each for each in entered.text.split("\n") if each.strip()] == [
        "No dial tone.",
        "Since Tuesday.",
    ]


@pytest.mark.parametrize("first", ["Name: she is called Jo", "Fault: no dial tone", "At 9:00 dead"])
def test_the_text_begins_below_an_empty_line_where_no_further_entry_follows(first: str) -> None:
    entered = one("\n".join((*AN_ENTRY, "", first, "email: none of hers")))

    assert isinstance(entered, orders.Open)
    assert entered.text == f"{first}\nemail: none of hers"
    assert entered.email == ""


def test_a_command_that_is_misspelt_is_answered_with_the_one_that_is_meant() -> None:
    with pytest.raises(Misspoken, match="#contct is no command, perhaps you meant #contact"):
        parse("#contct tue 14:00", RECKONING)
