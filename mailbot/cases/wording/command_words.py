"""
Which commands there are, as they are told to our own people.
"""

#: What a handler can order by mail, one line each.
COMMANDS = (
    "#note TEXT: filed; nobody outside sees it",
    (
        "#contact tue 14:00: the agreed contact time, confirmed to the customer; outside our hours"
        " write “anyway” behind it"
    ),
    "#call, and below it what was said: a telephone call took place; the text goes to the customer",
    "#every 3 working days: the agreed interval of contact",
    "#outcome, and below it the outcome: goes to the customer, who is asked to confirm it",
    "#reopen: opens a closed case again",
    "#escalate WHY: hands the case up to the next person",
    "#post, and below it the postal address; #email: how the customer wants to hear from us",
    "#posted: the letter that waited has gone into the post",
    "#dp: the complaint is also about personal data",
    "#need TEXT: what somebody in touch with this customer should know",
    "#status, #help: you get an answer, and nothing else happens",
    "#away 21 Dec to 2 Jan: you are away, and others stand in; #away NAME: back ends it",
)

#: What it asks about by mail once more before it is done.
ASKED_FIRST = (
    "#close phone Jane Doe, 25/11 14:00: closes on a confirmation given elsewhere",
    "#deadlock, and below it our final position; #not-complaint WHY; #not-eligible WHY",
    "#credit 25.00 December 2026; #assign NAME; #correct phone NUMBER",
    "#party add ADDRESS ROLE: what they write is filed; they get nothing; #party remove ADDRESS",
    "#party add ADDRESS ROLE, copies: the same, and they get a copy of every letter",
    "#subject: the customer asks for a copy of their data; the manager gets the task, nobody the data",
    "#merge REFERENCE: this case becomes part of that one",
    (
        "#open, and below it the lines channel:, received:, name: and email:, an empty line and"
        " what was said: a complaint that came by telephone, fax, letter or an account manager"
    ),
    "#release, #reject, #case REFERENCE: what becomes of an email that was held",
    "a customer's email that came to you: pass it on to our service address, and it is taken in",
)
