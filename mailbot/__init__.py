"""
mailbot keeps a firm's complaints code for it, inside the mailbox.

*mail knows messages, cases knows complaints, letters finds the words, desk decides, store
remembers, transport talks, workers do.* The way of a message, in the order in which the
files are met:

    transport/imap          the mailbox: look (imap_looking: at what is new), fetch, put away;
                            what it refuses: imap_faults; over a session (imap_session) by a
                            password, or by a token of oauth2/, as smtp_session has it
    workers/intake          the order of the effects, up to fifty messages at a time
    workers/fetching        what the server hands out of them, and what of a message it does not;
                            what it kept back comes again by asking_again
    workers/reading         octets to values, in full or as much as can be read: by
      mail/reading/           scan, parse, and what is in each part; confined, for what is heavy
    workers/record          ONE transaction for the batch, in three verbs (workers/transaction):

      store/read_known      1. everything that a rule may ask about the batch, read at once into
      cases/known/             a value; desk/arriving/questions_foreseen says what will be asked
      desk/arriving/        2. one message after the other, each seeing what was decided before:
        message_alone          who or what wrote it: mail/origin/ (classify, host_proof)
        brief                  whose case it is: cases/identity/ (match, triage, staff_mail)
        intake                 open, join, note, relay, hold or file
      desk/staff/              what one of our own people asks for, and what proves it
      desk/consequences        what follows in the case: cases/decide, by what happened
      desk/drafts              each letter once; letters/composed makes its final octets
      store/keep_decided    3. what differs afterwards, one bulk statement a table

    workers/courtesies      afterwards: recorded mail put away, copies into the sent folder;
                            space: how full the mailbox is

    workers/delivery        claim, send, settle (settling: a few together): desk/letter_outcomes,
                            by the same three verbs; what a dead worker had claimed is free
                            again: store/in_hand
    workers/pace, channels  how fast, over how many connections; refusals: whose no it is
    transport/smtp          the one way out; what a no means: smtp_answers, and what to do
                            about it: smtp_remedies
    workers/scheduler       what is due, by the stored steps of each promise: desk/orders, by
                            the same three verbs; once a working day cases/morning/; not while
                            workers/clock_watch doubts the clock; other_clocks: what others say
    store/whole/            all of a database: backup, restore, and from a file to a server
    rounds                  the workers at work, round after round; rests: what they wait for;
                            service puts them together, signing_keys with token.key
    health/                 whether somebody has to do something: rules over what a worker says of
                            itself (workers/vitals), and store/wellbeing reads; for the command, and
                            for monitoring/, which answers /health and /metrics. systemd hears, too;
                            memory: what is freed goes back; password_file: a password as it is now
    workers/dry_run         what would be done, decided as ever and not kept: for explain, check
    workers/past/           a lost past once more: what the mailbox kept (archive), gone through by
                            the same rules (replay); the letters that really went stand in the
                            place of those decided again: cases/known/past, desk/past; what no
                            rule decides again is a desk/found_letter
    workers/catching_up     that, before all else, where a backup was restored; where there is none
                            mailbot rebuild begins from nothing

The rules by what they are about: cases/rulebook/ (the code, its clocks, the calendar),
cases/promises/ (due, kept, broken), cases/life/ (opening, outcome, closing, merging),
cases/correspondence/ (who writes what), cases/commands/ (what staff order),
cases/people/ (who handles, who stands in), cases/sending/ (copies, post, what came back),
cases/wording/ (the sentences), cases/month/ (how the code was kept, which report/ prints),
cases/shadow/ (a rehearsal beside the people). mail/quoting/ tells new words from old, mail/files/
what goes along. dossier/ is one case with what proves each line of it, evidence/ the same for the
ombudsman, person/ what is held of one person, for them; bundle/ a signed archive that a stranger
can check. face is how the firm looks on whatever it shows; page/ and letters/typeset know where it
stands. health/ says whether a person has to do something, monitoring/ tells it to whoever
asks, alarms/ to whoever is woken. cli/ is the command line, a file or folder a command; demo/
shows it all.

Imports go down only: cli, rounds, service, workers, then transport and store, then desk, letters,
cases, mail; store knows the values of cases, and no rule.
"""

__version__ = "0.1.0"
