"""
What a server's no means, in the words of known servers, and what a person can do about it.
"""

import pytest

from mailbot.mail.outcome import Deferred, Refused
from mailbot.transport.smtp_answers import refusal
from mailbot.transport.smtp_remedies import (
    is_the_tokens_fault,
    login_refused,
    remedy_for,
    turned_away,
)
from mailbot.transport.smtp_reply import said


def answered(command: str, reply: str) -> Deferred | Refused:
    return refusal(command, int(reply[:3]), reply[4:])


# --- too big ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("DATA", "552 5.3.4 Message size exceeds fixed limit"),
        ("DATA", "552 5.2.3 Message exceeds maximum message size"),
        ("DATA", "554 Transaction failed: Stream is more than the max allowed 10485760 bytes"),
        ("DATA", "554 Message too big"),
        ("DATA", "552 Message size exceeds maximum permitted"),
        ("DATA", "550 5.7.0 Message size limit exceeded"),
        ("DATA", "552 Error: too much mail data; message too large"),
        ("DATA", "523 the message is larger than the recipient takes"),
        ("DATA", "552 5.0.0 maximum message size exceeded"),
        ("DATA", "554 5.6.0 Nachricht ist zu groß"),
        ("DATA", "552 le message est trop volumineux"),
        ("DATA", "552 el mensaje es demasiado grande"),
        ("MAIL", "552 Message size exceeds fixed maximum message size"),
        ("MAIL", "552 no"),
        ("DATA", "554 5.3.4 Message too big for system: Transaction failed, message too big"),
        ("MAIL", "552 5.3.4 Message size exceeds file system imposed limit"),
        ("RCPT", "552 5.2.3 message length exceeds administrative limit"),
        ("RCPT", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient"),
    ],
)
def test_too_big_is_final_in_whatever_words(command: str, reply: str) -> None:
    outcome = answered(command, reply)

    assert isinstance(outcome, Refused)
    assert outcome.too_big
    assert outcome.reason.endswith("the mail is too big")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "552 5.2.2 Mailbox size limit exceeded"),
        ("RCPT", "552 mailbox size limit exceeded"),
        ("DATA", "552 5.2.2 The message exceeds the quota of the mailbox"),
        ("DATA", "552 exceeded storage allocation"),
        ("MAIL", "552 5.2.2 over quota"),
        ("DATA", "550 maximum allowed line length is 998 octets, the message exceeds it"),
        ("DATA", "554 5.5.1 too many recipients for this message"),
        ("DATA", "554 5.7.1 message rejected: rate limit exceeded for mail"),
        ("DATA", "554 5.7.1 looks like spam"),
        ("DATA", "550 no"),
        ("RCPT", "550 not wanted: <message.too.big@example.com>"),
    ],
)
def test_what_else_exceeds_a_size_keeps_the_mail(command: str, reply: str) -> None:
    assert isinstance(answered(command, reply), Deferred)


# --- theirs or ours ----------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        "550 no",
        "550 5.7.1 not wanted here",
        "552 5.2.2 mailbox full",
        "550 Requested action not taken: mailbox unavailable",
        "554 5.7.1 <jane@example.com>: Recipient address rejected: Access denied",
        "550 boîte pleine",
        # Exim, and OpenSMTPD.
        "550 No Such User Here",
        "550 Unrouteable address",
        "550 Invalid recipient: <jane@example.com>",
        # Of the words, not of the address.
        "550 Invalid recipient: <sender@relay.example.com>",
        "554 5.7.1 <relay@example.com>: Recipient address rejected: Access denied",
        "550 authentication@example.com is not wanted",
    ],
)
def test_a_bare_no_to_a_recipient_may_be_theirs_alone(reply: str) -> None:
    outcome = answered("RCPT", reply)

    assert isinstance(outcome, Deferred)
    assert (outcome.about_us, outcome.may_be_theirs) == (True, True)


def test_a_mailbox_that_is_found_full_after_the_content_may_be_theirs_and_is_called_full() -> None:
    outcome = answered("DATA", "552 5.2.2 The recipient mailbox is full")

    assert isinstance(outcome, Deferred)
    assert (outcome.about_us, outcome.may_be_theirs) == (True, True)
    assert outcome.reason.startswith("DATA answered 552 5.2.2 (mailbox full): ")
    later = answered("RCPT", "452 4.2.2 over quota")
    assert isinstance(later, Deferred)
    assert later.reason == "RCPT answered 452 4.2.2 (mailbox full): the recipient's"
    assert later.is_theirs
    ours = answered("MAIL", "452 4.2.2 over quota")
    assert isinstance(ours, Deferred)
    assert ours.reason == "MAIL answered 452 4.2.2 (mailbox full): for now"
    assert not ours.is_theirs


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "554 5.7.1 <jane@example.com>: Relay access denied"),
        ("RCPT", "550 5.7.1 Unable to relay"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("RCPT", "550 5.7.1 Client host [192.0.2.1] blocked using zen.example"),
        ("RCPT", "550 5.4.5 Daily user sending limit exceeded"),
        ("RCPT", "553 5.7.1 sender address rejected: not owned by user"),
        ("RCPT", "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
        ("RCPT", "550 relay not permitted"),
        ("RCPT", "550 Sender verify failed"),
        ("RCPT", "550 Domain example.net has exceeded the max emails per hour (9/9) allowed."),
        ("RCPT", "550 Please turn on SMTP Authentication in your mail client."),
        ("MAIL", "550 no"),
        ("DATA", "550 no"),
        ("MAIL", "552 5.2.2 mailbox full"),
        ("DATA", "552 5.2.2 sending quota of this account exceeded"),
    ],
)
def test_what_is_said_of_us_is_never_taken_for_theirs(command: str, reply: str) -> None:
    outcome = answered(command, reply)

    assert isinstance(outcome, Deferred)
    assert (outcome.about_us, outcome.may_be_theirs) == (True, False)


# --- fewer at a time ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL", "450 4.7.1 Error: too much mail from 192.0.2.1"),
        ("MAIL", "451 4.7.1 5 a minute"),
        ("MAIL", "450 later"),
        ("RCPT", "450 4.7.1 Error: too many recipients from 192.0.2.1"),
        ("DATA", "450 4.7.28 unusual rate of mail"),
        ("DATA", "454 Throttling failure: Maximum sending rate exceeded."),
        ("RCPT", "451 4.7.500 Server busy. Please try again later"),
        ("DATA", "421 4.7.0 too many messages this minute"),
        ("MAIL", "432 4.3.2 Concurrent connections limit exceeded"),
    ],
)
def test_a_server_that_wants_fewer_at_a_time_says_nothing_of_the_letter(
    command: str, reply: str
) -> None:
    outcome = answered(command, reply)

    assert isinstance(outcome, Deferred)
    assert (outcome.throttled, outcome.channel, outcome.about_us) == (True, True, False)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "450 4.2.1 The user you are trying to contact is receiving mail at a rate"),
        ("RCPT", "450 4.2.0 greylisted, please come back later"),
        ("RCPT", "451 4.7.1 Greylisting in action, please come back in 5 minutes"),
        ("RCPT", "452 4.2.2 mailbox full, quota exceeded"),
        ("RCPT", "450 4.1.8 domain of sender not found"),
        ("MAIL", "452 4.3.1 insufficient system storage for this message"),
        ("DATA", "451 4.3.0 local error"),
    ],
)
def test_what_is_for_now_about_one_letter_slows_no_other(command: str, reply: str) -> None:
    outcome = answered(command, reply)

    assert isinstance(outcome, Deferred)
    assert (outcome.throttled, outcome.channel) == (False, False)


# --- what to do about it --------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "phrase", "remedy"),
    [
        ("535 5.7.8 bad credentials", "the login was refused (535)", "password"),
        ("535 no", "the login was refused (535)", "username and password"),
        ("535 Incorrect authentication data", "the login was refused (535)", "password"),
        ("535 Authentication failed", "the login was refused (535)", "password"),
        ("550 5.7.30 Basic authentication is not supported", "takes no passwords", "oauth2"),
        ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled",
         "no passwords", "oauth2"),
        ("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant",
         "authenticated SMTP is switched off", "Set-CASMailbox"),
        ("535 5.7.139 the user is locked by your organization's security defaults policy",
         "security defaults of the tenant", "Entra ID"),
        (("535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be"
         " authenticated successfully. Contact your administrator."),
         "a policy of the tenant", "Conditional Access"),
        (("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
         " Mailbox."), "switched off for this mailbox", 'auth = "oauth2"'),
        ("535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.",
         "the login was refused (535)", "username and password"),
        ("534 5.7.9 Application-specific password required", "own password", "app password"),
        ("534 5.7.14 Please log in with your web browser", "another way to log in", "browser"),
        ("530 5.7.0 Must issue a STARTTLS command first", "over TLS alone", 'tls = "starttls"'),
        ("538 5.7.11 Encryption required", "over TLS alone", 'tls = "starttls"'),
        ("454 4.7.0 Temporary authentication failure", "cannot check a login", "tried again"),
        ("454 4.7.0 Too many login attempts, please try again later", "too many logins",
         "more slowly"),
        ("451 4.7.0 rate of logins", "too many logins", "more slowly"),
        ("525 5.7.13 user account disabled", "locked", "unlocked"),
    ],
)  # fmt: skip
def test_a_refused_login_says_why_and_what_to_do(reply: str, phrase: str, remedy: str) -> None:
    found = login_refused(said("AUTH", int(reply[:3]), reply[4:]))

    assert phrase in found[0]
    assert remedy in found[1]


@pytest.mark.parametrize(
    ("reply", "phrase", "remedy"),
    [
        ("421 4.7.0 Error: too many connections from 192.0.2.1", "too many connections", "[smtp]"),
        ("421 4.3.2 too busy", "too much at a time", "more slowly"),
        ("421 closing for maintenance", "just now", "mended"),
        ("554 5.7.1 your host is not welcome", "turns this host away", "allowed"),
        ("554 no SMTP service here", "does not want to talk", "[smtp] host"),
        ("530 5.7.0 Must issue a STARTTLS command first", "wants TLS first", "starttls"),
        ("454 TLS currently unavailable", "cannot do TLS just now", "certificate"),
        ("454 4.7.0 TLS not available due to temporary reason", "cannot do TLS", "tried again"),
    ],
)
def test_a_server_that_turns_us_away_says_why_and_what_to_do(
    reply: str, phrase: str, remedy: str
) -> None:
    found = turned_away(said("", int(reply[:3]), reply[4:]))

    assert phrase in found[0]
    assert remedy in found[1]


@pytest.mark.parametrize(
    ("reply", "remedy"),
    [
        ("530 5.7.0 Must issue a STARTTLS command first", "wants TLS first"),
        ("530 5.7.1 Client was not authenticated", "wants a login"),
        ("550 5.7.30 Basic authentication is not supported", "oauth2"),
        ("554 5.2.252 SendAsDenied", "send as [service] address"),
        ("550 5.4.5 Daily user sending limit exceeded", "quota"),
        ("554 5.7.1 Relay access denied", "relay"),
        ("550 relay not permitted", "does not relay for us"),
        ("530 5.5.1 Invalid command: Must issue a STARTTLS command first", "wants TLS first"),
        ("530 5.5.1 Invalid command: Must issue an AUTH command first", "wants a login"),
        ("550 Please turn on SMTP Authentication in your mail client.", "wants a login"),
        ("550 Invalid recipient: <jane@example.com>", "knows no such mailbox"),
        ("550 No Such User Here", "does not relay"),
        ("553 5.7.1 <us@example.net>: Sender address rejected: not owned by user us", "send as"),
        ("550 Verification failed for <us@example.net> No Such User Here Sender verify failed",
         "send as"),
        ("550 Domain example.net has exceeded the max emails per hour (9/9) allowed.", "quota"),
        ("550 5.7.26 Unauthenticated mail is not accepted due to a policy", ""),
        ("554 no", ""),
    ],
)  # fmt: skip
def test_a_refusal_of_our_mail_names_its_remedy(reply: str, remedy: str) -> None:
    found = remedy_for(said("MAIL", int(reply[:3]), reply[4:]))

    assert remedy in found
    assert bool(found) is bool(remedy)


# --- Exchange Online ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "phrase", "remedy"),
    [
        (
            (
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
                " Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."
            ),
            "switched off for the whole tenant",
            "goes before the tenant's setting",
        ),
        (
            (
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
                " Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information."
            ),
            "switched off for this mailbox",
            "Set-CASMailbox -SmtpClientAuthenticationDisabled $false",
        ),
        (
            (
                "535 5.7.139 Authentication unsuccessful, user is locked by your organization's"
                " security defaults policy. Contact your administrator."
            ),
            "security defaults of the tenant",
            "Entra ID",
        ),
        (
            (
                "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be"
                " authenticated successfully. Contact your administrator."
            ),
            "a policy of the tenant",
            "exempt the mailbox",
        ),
        ("534 5.7.14 Please log in via your web browser", "see a person first", "web browser"),
        ("534 5.7.9 Application-specific password required", "see a person first", "web browser"),
        ("500 5.5.1 Invalid base64 data in initial response", "cuts off", "line_length_limit"),
        ("454 4.7.0 Temporary authentication failure", "cannot check a login", "tried again"),
    ],
)
def test_a_login_by_a_token_that_no_token_would_help_is_told_without_a_word_of_passwords(
    reply: str, phrase: str, remedy: str
) -> None:
    refused = said("AUTH", int(reply[:3]), reply[4:])
    found = login_refused(refused, by_token=True)

    assert not is_the_tokens_fault(refused)
    assert phrase in found[0]
    assert remedy in found[1]
    assert "password" not in found[0] + found[1]


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.3 Authentication unsuccessful [LO4P265CA0001.GBRP265.PROD.OUTLOOK.COM]",
        "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
        "535 5.7.8 Username and Password not accepted.",
        # The second challenge in a row, where the no was due.
        "334 eyJzdGF0dXMiOiI0MDEifQ==",
    ],
)
def test_a_no_to_the_token_itself_is_looked_into_by_the_token(reply: str) -> None:
    assert is_the_tokens_fault(said("AUTH", int(reply[:3]), reply[4:]))


def test_a_mailbox_with_too_many_connections_gets_fewer_mails_and_no_alarm() -> None:
    outcome = answered("DATA", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded")

    assert isinstance(outcome, Deferred)
    assert outcome.throttled
    assert not outcome.about_us
    assert outcome.reason.endswith("for now; lower [smtp] connections")


@pytest.mark.parametrize(
    ("command", "reply", "remedy"),
    [
        ("DATA", "554 5.2.252 SendAsDenied; a@example.net not allowed to send as b@example.net",
         "let the account send as [service] address"),
        ("DATA", "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
         "let the account send as [service] address"),
        ("MAIL", "550 5.7.30 Basic authentication is not supported for Client Submission.",
         'auth = "oauth2"'),
        ("DATA", "550 5.1.8 Access denied, bad outbound sender AS(42004)", "Restricted entities"),
        ("DATA", ("550 5.1.90 Your message can't be sent because you've reached your daily limit for"
         " message recipients"), "a quota of the account"),
    ],
)  # fmt: skip
def test_what_exchange_has_against_our_mail_waits_for_people_and_names_the_remedy(
    command: str, reply: str, remedy: str
) -> None:
    outcome = answered(command, reply)

    assert isinstance(outcome, Deferred)
    assert outcome.about_us
    assert remedy in outcome.reason
    assert "example.net" not in outcome.reason
