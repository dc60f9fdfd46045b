"""
The rules. Pure: the same arguments give the same answer, and every answer has a reason.

    decide              what follows from what happened, and why: the one way in
    triggers            what can happen
    case, obligation,   what the rules speak of
    letter, states,
    firm, reference
    decision            what they answer

    identity/           whose message it is, who is believed, what is to be done with it
    correspondence/     a customer, a machine or a handler writes: the words of a yes, relaying
    commands/           what each #command does; reading/ makes values of what was written
    life/               a case opens, ends, opens again, goes up the ladder, becomes part of another
    promises/           when a promise acts, warns or breaks; day 42; what counts as contact
    sending/            what becomes of a letter: kept in, copied, on paper, accepted, come back
    people/             the firm's people: who takes a case, who stands in, who is told
    morning/            the mails of the morning
    rulebook/           the published code as data: promises, working days, bank holidays
    wording/            the sentences for people
"""
