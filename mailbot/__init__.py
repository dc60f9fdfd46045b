"""
mailbot keeps a firm's complaints code for it, inside the mailbox.

*mail knows messages, cases knows complaints, store remembers, transport talks,
workers do.* The way of a message, in the order in which the files are met:

    transport/imap      the mailbox: look, fetch, file away
    workers/intake      the order of the effects
    mail/reading/scan, parse    octets to values, within bounds
    mail/reading/confined       the same in a process of its own, for what is heavy
    mail/origin/bounce_words, robots  by which words a machine gives itself away
    mail/origin/classify       who or what wrote it
    mail/origin/host_proof     what our own mail host says of who wrote it; by its
                        mail/origin/authentication_results and mail/origin/received
    mail/files/going_along    which of its files a mail of ours takes along
    store/record        the transaction in which it becomes ours; store/clerk does,
                        in order, what the rules say, store/staff_desk what our own
                        people ask for, store/returned what a bounce says:
      store/briefing      what is known of it before anybody decides; store/staffing, where
                          one of our people is said to have written it
      cases/identity/match         whose case it is, on what evidence
      cases/identity/triage        open, join, relay, hold or file; cases/identity/staff_mail says what is
                          proof enough, mail/origin/host_proof what our mail host vouches for
      cases/identity/who_complains        whose case it is once a person released a machine's mail
      cases/decide        everything that follows, and why: cases/life, cases/correspondence,
                          cases/commands, cases/promises, cases/sending
      letters/facts       what the letters say
      cases/people/unreached   who hears of it that one of our people could not be reached
      store/casefile      the case between its tables and the value the rules see
      letters/stationery  the firm's templates filled with it; letters/compose, the octets
      store/post          composed and signed (mail/signed_ids)
    workers/delivery    claim, send, settle
    transport/smtp      the one way out
    workers/scheduler   what is due, by the stored steps of each obligation; at the
                        opening of a working day store/morning, cases/morning/mails: the mails
                        of the morning
    roster, store/absences, cases/people/stand_in  who works here, who is away, who acts for them
    cli/commands        what can be typed; what a command does is loaded when it is typed
    roster, store/absences, cases/promises/stand_in  who works here, who is away, who acts for them

What would be done with a message, without doing it: store/replay, told by cli/explain.

Imports go down only: cli, service, workers, then transport and store, then
cases, then mail.
"""

__version__ = "0.1.0"
