"""
Whose word proves a handler: what our own mail host wrote on top, and no imitation of it.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.mail.origin.authentication_results import host_of, results_in
from mailbot.mail.origin.host_proof import Asked, HostProof, HostVerdict, host_verdict
from mailbot.mail.origin.received import received_in
from mailbot.mail.origin.structured_field import LONGEST
from mailbot.mail.reading.parse import parse_header
from tests.mail.builders import RECEIVED_AT, mail, multipart, read

RHIAN = "rhian@example.com"
OURS = "mx.example.com"
LOGINS = {RHIAN: "rhian", "gareth@example.com": "gareth", "sian@example.com": ""}
SERVICE = frozenset({"service@example.com"})
RESULTS = HostProof(kind=Asked.RESULTS, authserv_id=OURS, logins=LOGINS, own_addresses=SERVICE)
EXCHANGE = HostProof(kind=Asked.EXCHANGE, logins=LOGINS)
SUBMISSION = HostProof(kind=Asked.SUBMISSION, authserv_id=OURS, logins=LOGINS)

DMARC = f"{OURS}; dmarc=pass (p=none dis=none) header.from=example.com"
DKIM = f"{OURS}; dkim=pass (2048-bit key; unprotected) header.d=example.com header.i=@example.com header.b=aZ/9=="
AR = "Authentication-Results"
BORDER = "from pc (unknown [192.0.2.7])\r\n\tby mx.example.com (Postfix) with ESMTPS id 4F; Fri, 20 Nov 2026 16:44:00 +0000"
LMTP = "from mx.example.com by imap.example.com\r\n\twith LMTP id aB+c for <service@example.com>; Fri, 20 Nov 2026"
LOCALHOST = (
    "from localhost (localhost [127.0.0.1])\r\n\tby mx.example.com (Postfix) with ESMTP id 5A; Fri"
)
AMAVIS = (
    "from mx.example.com ([127.0.0.1])\r\n\tby localhost (mx.example.com [127.0.0.1])"
    " (amavis, port 10024) with ESMTP\r\n id cF; Fri, 20 Nov 2026"
)


def postfix(
    login: str = "rhian",
    *,
    helo: str = "[192.168.1.5]",
    seen: str = "unknown [192.0.2.7]",
    by: str = OURS,
    protocol: str = "ESMTPSA",
) -> str:
    """
    What Postfix with smtpd_sasl_authenticated_header writes for a client that logged in.
    """
    return (
        f"from {helo} ({seen})\r\n"
        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
        "\t key-exchange ECDHE (P-256) server-signature ECDSA (P-384) server-digest SHA384)\r\n"
        "\t(No client certificate requested)\r\n"
        f"\t(Authenticated sender: {login})\r\n"
        f"\tby {by} (Postfix) with {protocol} id 8BA57C433CB\r\n"
        "\tfor <service@example.com>; Fri, 20 Nov 2026 16:44:00 +0000 (GMT)"
    )


def found(by: HostProof, *fields: tuple[str, str], sender: str = RHIAN) -> HostVerdict:
    """
    What becomes of a message with these fields on top of its own.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
    return host_verdict(read(head + mail(("From", sender))), by)


# --- who is asked, and about whom ------------------------------------------


def test_where_answers_to_tokens_are_the_proof_the_host_is_not_asked() -> None:
    assert found(HostProof(logins=LOGINS), (AR, DMARC)) is HostVerdict.HOST_NOT_ASKED


def test_somebody_who_is_no_handler_is_not_proved_to_be_one() -> None:
    answer = found(RESULTS, (AR, DMARC), sender="jane@example.com")

    assert answer is HostVerdict.NOT_A_HANDLERS_ADDRESS


@pytest.mark.parametrize("by", [RESULTS, EXCHANGE, SUBMISSION], ids=lambda by: by.kind)
@pytest.mark.parametrize(
    "sender",
    [
        f"{RHIAN}, jane@example.net",
        f"jane, {RHIAN}",
        f"Staff: {RHIAN};",
        f"{RHIAN} <jane@example.net>",
        f"<jane@example.net> {RHIAN}",
        f"<{RHIAN}> <jane@example.net>",
        f"<@example.net:{RHIAN}>",
        f"Rhian {RHIAN}",
        f'"{RHIAN}" <jane@example.net>',
        "=?utf-8?q?rhian=40example.com_=3Crhian=40example.com=3E?= <jane@example.net>",
        f"jane@example.net ({RHIAN})",
        "rhian@(x)example.com",
        f'"unclosed <{RHIAN}>',
        f"(unclosed {RHIAN}",
        "",
    ],
)
def test_a_from_line_that_could_be_read_otherwise_proves_nobody(by: HostProof, sender: str) -> None:
    on_top = (
        (AR, DMARC),
        ("Received", postfix()),
        ("X-MS-Exchange-Organization-AuthAs", "Internal"),
    )
    answer = found(by, *on_top, sender=sender)

    assert answer in {HostVerdict.NOT_ONE_SENDER, HostVerdict.NOT_A_HANDLERS_ADDRESS}


@pytest.mark.parametrize(
    "sender",
    [
        "RHIAN@Example.COM",
        f"Rhian Price <{RHIAN}>",
        f'"Price, Rhian: @work" <{RHIAN}>',
        f"=?utf-8?q?Rhi=C3=A2n?= <{RHIAN}> (Infinity)",
        f"{RHIAN} (Rhian Price)",
    ],
)
def test_a_from_line_as_mail_programs_write_it_is_read(sender: str) -> None:
    assert found(RESULTS, (AR, DMARC), sender=sender) is HostVerdict.DMARC_PASSED


def test_two_from_fields_prove_nobody() -> None:
    assert found(RESULTS, (AR, DMARC), ("From", RHIAN)) is HostVerdict.NOT_ONE_SENDER


@pytest.mark.parametrize(
    ("octets", "proof"),
    [
        # The line that is no field would be the rest of our host's.
        (b"Authentication-Results: mx.example.com; spf=none\r\n;dmarc=pass\r\n", False),
        (b"Authentication-Results : mx.example.com; dmarc=pass\r\n", False),
        (b"X-Before: a\rAuthentication-Results: mx.example.com; dmarc=pass\r\n", False),
        (b"Authentication-Results: mx.example.com;\r\n\tdmarc=pass\r\n", True),
    ],
)
def test_a_header_that_had_to_be_mended_proves_nobody(octets: bytes, *, proof: bool) -> None:
    answer = host_verdict(read(octets + mail(("From", RHIAN))), RESULTS)

    assert answer is (HostVerdict.DMARC_PASSED if proof else HostVerdict.HEADER_IS_NO_HEADER)


def test_the_header_alone_is_enough() -> None:
    octets = f"{AR}: {DMARC}\r\n".encode() + mail(("From", RHIAN))
    message = parse_header(octets, received_at=RECEIVED_AT)

    assert host_verdict(message, RESULTS) is HostVerdict.DMARC_PASSED


# --- Authentication-Results ------------------------------------------------


@pytest.mark.parametrize(
    "on_top",
    [
        pytest.param(((AR, DMARC), ("Received", BORDER)), id="RFC 8601: above our Received"),
        pytest.param(((AR, DKIM), (AR, DMARC), ("Received", BORDER)), id="two fields"),
        pytest.param(
            (
                ("Return-Path", f"<{RHIAN}>"),
                ("Delivered-To", "service@example.com"),
                ("Received", LMTP),
                ("Received", BORDER),
                ("DMARC-Filter", "OpenDMARC Filter v1.4.2 mx.example.com 4F"),
                (AR, DMARC),
                ("DKIM-Filter", "OpenDKIM Filter v2.11.0 mx.example.com 4F"),
                (AR, DKIM),
            ),
            id="Postfix with OpenDKIM and OpenDMARC: below our Received, with their names between",
        ),
        pytest.param(
            (
                ("Received", LMTP),
                ("X-Spam-Status", "No, score=-1.0"),
                ("ARC-Authentication-Results", "i=1; mx.example.com; dmarc=pass"),
                (
                    AR,
                    (
                        f"{OURS};\r\n\tdkim=pass header.d=example.com header.s=2024 header.b=Ab3;\r\n"
                        '\tspf=pass (mx: domain of "rhian" designates 192.0.2.7 as permitted)'
                        " smtp.mailfrom=rhian@example.com;\r\n\tdmarc=pass (policy=reject)"
                        " header.from=example.com"
                    ),
                ),
                ("Received", BORDER),
            ),
            id="rspamd: one field",
        ),
        pytest.param(
            ((AR, f"{OURS}; spf=pass smtp.mailfrom="), (AR, DMARC), ("Received", BORDER)),
            id="the null path",
        ),
        pytest.param(((AR, f"{OURS.upper()} 1; DMARC=Pass header.from=EXAMPLE.com."),), id="case"),
        pytest.param(((AR, f'"{OURS}"; dmarc=pass;'),), id="quoted id, semicolon at the end"),
        pytest.param(((AR, f"{OURS}/4F2C; dmarc=pass"),), id="AuthservIDWithJobID"),
        pytest.param(
            (
                (
                    AR,
                    (
                        f"(a) {OURS} (foobar) 1 (baz); dmarc (why) / 1 (One) = (wait) pass\r\n"
                        " header (dot) . (dot) from (this) = (that) example.com"
                    ),
                ),
            ),
            id="RFC 8601, appendix B.7: comments wherever they may stand",
        ),
        pytest.param(
            ((AR, DMARC), ("Received", BORDER), (AR, "spf=pass (sender IP is 192.0.2.7)")),
            id="Microsoft 365 wrote below, without an id",
        ),
        pytest.param(
            ((AR, DMARC), ("Received", BORDER), (AR, "mail.example.net; dmarc=fail")),
            id="another host's below",
        ),
    ],
)
def test_a_dmarc_pass_of_our_host_proves_the_handler(on_top: tuple[tuple[str, str], ...]) -> None:
    assert found(RESULTS, *on_top) is HostVerdict.DMARC_PASSED


@pytest.mark.parametrize(
    "results",
    [
        DKIM,
        f"{OURS}; dkim=pass header.d=EXAMPLE.com.",
        f"{OURS}; dkim=pass header.i=rhian@example.com",
        f"{OURS}; dkim=fail header.d=example.com; dkim=pass header.d=example.com",
        f"{OURS}; dkim=pass header.d=lists.example.net; dkim=pass header.d=example.com",
        f"{OURS}; dmarc=none header.from=example.com; dkim=pass header.d=example.com",
        f'{OURS}; dkim=pass reason="good; (1024-bit key)" header.d=example.com',
        f"{OURS}; dkim=pass header.d=example.com; dkim-atps=neutral; spf=fail",
    ],
)
def test_a_signature_of_the_from_domain_itself_proves_the_handler(results: str) -> None:
    assert found(RESULTS, (AR, results)) is HostVerdict.DKIM_ALIGNED


@pytest.mark.parametrize(
    ("results", "proof"),
    [
        ("dkim=pass header.d=evil-example.com", HostVerdict.RESULTS_OF_ANOTHER_DOMAIN),
        ("dkim=pass header.d=example.com.evil.net", HostVerdict.RESULTS_OF_ANOTHER_DOMAIN),
        ("dkim=pass header.d=com", HostVerdict.RESULTS_OF_ANOTHER_DOMAIN),
        ("dkim=pass header.d=", HostVerdict.RESULTS_OF_ANOTHER_DOMAIN),
        ("dkim=pass", HostVerdict.RESULTS_OF_ANOTHER_DOMAIN),
        (
            "dkim=pass header.d=evil.net header.i=@example.com",
            HostVerdict.RESULTS_OF_ANOTHER_DOMAIN,
        ),
        (
            "dkim=pass header.d=evil.net header.from=example.com",
            HostVerdict.RESULTS_OF_ANOTHER_DOMAIN,
        ),
        ("dkim=fail header.d=example.com", HostVerdict.NOTHING_PASSED),
        ("dkim=none; dkim=pass header.d=example.com", HostVerdict.RESULTS_CONTRADICT),
        ("dmarc=pass header.from=evil.net", HostVerdict.RESULTS_OF_ANOTHER_DOMAIN),
        (
            "dmarc=pass header.from=evil.net; dkim=pass header.d=example.com",
            HostVerdict.RESULTS_OF_ANOTHER_DOMAIN,
        ),
        ("dmarc=fail header.from=example.com", HostVerdict.DMARC_NOT_PASSED),
        ("dmarc=fail; dkim=pass header.d=example.com", HostVerdict.DMARC_NOT_PASSED),
        ("dmarc=pass; dmarc=fail", HostVerdict.DMARC_NOT_PASSED),
        ("dmarc=none; dmarc=pass", HostVerdict.RESULTS_CONTRADICT),
        ("dmarc=temperror", HostVerdict.NOTHING_PASSED),
        ("dmarc=bestguesspass", HostVerdict.NOTHING_PASSED),
        ("dmarc=passed", HostVerdict.NOTHING_PASSED),
        ("x-dmarc=pass; xdmarc=pass", HostVerdict.NOTHING_PASSED),
        ("spf=pass smtp.mailfrom=example.com; iprev=pass; auth=pass", HostVerdict.NOTHING_PASSED),
        ("none", HostVerdict.NOTHING_PASSED),
        ("none (dmarc=pass)", HostVerdict.NOTHING_PASSED),
        ("spf=none (x; dmarc=pass header.from=example.com)", HostVerdict.NOTHING_PASSED),
        (r"spf=none (x\); dmarc=pass (y)", HostVerdict.RESULTS_UNREADABLE),
        ('spf=none reason="; dmarc=pass header.from=example.com"', HostVerdict.NOTHING_PASSED),
        ("spf=none smtp.dmarc=pass policy.dmarc=pass", HostVerdict.NOTHING_PASSED),
        (
            'spf=none smtp.mailfrom="x;dmarc=pass header.from=example.com"@evil.net',
            HostVerdict.RESULTS_UNREADABLE,
        ),
        # A return path that closes the comment it is told in tells what it is up to.
        (
            'spf=none (domain of "x); dmarc=pass (y"@evil.net) smtp.mailfrom="x); dmarc=pass (y"@evil.net',
            HostVerdict.RESULTS_UNREADABLE,
        ),
        ("spf=none (never closed; dmarc=pass", HostVerdict.RESULTS_UNREADABLE),
        ("spf=none); dmarc=pass (", HostVerdict.RESULTS_UNREADABLE),
        ('spf=none reason="never closed; dmarc=pass', HostVerdict.RESULTS_UNREADABLE),
        ("dmarc=pass header.from=evil.net header.from=example.com", HostVerdict.RESULTS_UNREADABLE),
        ("dmarc=pass and more words", HostVerdict.RESULTS_UNREADABLE),
        ("=pass; dmarc=pass", HostVerdict.RESULTS_UNREADABLE),
        ("=?utf-8?q?dmarc=3Dpass?=", HostVerdict.RESULTS_UNREADABLE),
    ],
)
def test_what_our_host_says_otherwise_proves_nobody(results: str, proof: HostVerdict) -> None:
    assert found(RESULTS, (AR, f"{OURS}; {results}"), ("Received", BORDER)) is proof


@pytest.mark.parametrize(
    "parent", ["com", "co.uk", "example.co.uk"], ids=["one label", "a suffix", "the firm's own"]
)
def test_a_parent_of_the_from_domain_is_left_to_dmarc_to_judge(parent: str) -> None:
    sender = "rhian@staff.example.co.uk"
    by = HostProof(kind=Asked.RESULTS, authserv_id=OURS, logins={sender: ""}, own_addresses=SERVICE)
    signed = f"{OURS}; dkim=pass header.d={parent}"

    assert found(by, (AR, signed), sender=sender) is HostVerdict.RESULTS_OF_ANOTHER_DOMAIN
    assert found(by, (AR, f"{signed}; dmarc=pass"), sender=sender) is HostVerdict.DMARC_PASSED


def test_one_failure_in_our_fields_beats_a_pass_in_another() -> None:
    failed = (AR, f"{OURS}; dmarc=fail header.from=example.com")

    assert found(RESULTS, failed, (AR, DMARC)) is HostVerdict.DMARC_NOT_PASSED
    assert found(RESULTS, (AR, DMARC), failed) is HostVerdict.DMARC_NOT_PASSED


@pytest.mark.parametrize(
    "between",
    [
        ("Received", BORDER),
        ("X-Mailer", "mutt"),
        ("Subject", "x"),
        (AR, "mail.example.net; dmarc=pass"),
    ],
    ids=lambda field: field[0],
)
def test_a_field_in_our_name_below_ours_makes_all_of_them_void(between: tuple[str, str]) -> None:
    ours, forged = (AR, f"{OURS}; spf=none"), (AR, DMARC)

    assert found(RESULTS, ours, between, forged) is HostVerdict.RESULTS_BELOW_OURS
    assert found(RESULTS, forged, between, ours) is HostVerdict.RESULTS_BELOW_OURS


def test_a_field_in_our_name_below_everything_else_is_seen() -> None:
    octets = f"{AR}: {DMARC}\r\n".encode() + mail(
        ("From", RHIAN), ("authentication-RESULTS", DMARC)
    )

    assert host_verdict(read(octets), RESULTS) is HostVerdict.RESULTS_BELOW_OURS


def test_a_field_in_our_name_below_that_of_another_host_proves_nobody() -> None:
    # mx2 received it and left alone what was brought along in the name of mx.
    other = (AR, "mx2.example.com; dmarc=fail header.from=example.com")

    assert found(RESULTS, other, (AR, DMARC)) is HostVerdict.RESULTS_OF_ANOTHER_ON_TOP


@pytest.mark.parametrize(
    "host",
    [
        *("mx.example.com.evil.net", "xmx.example.com", "mx.example.comx", "example.com", "mx"),
        *("(mx.example.com)", "evil.net (mx.example.com)", "evil.net mx.example.com", ""),
        *("evil.net; mx.example.com", "=?utf-8?q?mx.example.com?=", "mx.example.com@evil.net"),
    ],
)
def test_a_host_of_a_name_like_ours_is_not_ours(host: str) -> None:
    assert found(RESULTS, (AR, f"{host}; dmarc=pass")) is HostVerdict.NO_RESULTS_OF_OURS


@pytest.mark.parametrize(
    "name",
    [
        *(
            "ARC-Authentication-Results",
            "X-Authentication-Results",
            "Authentication-Results-Original",
        ),
        *("Old-Authentication-Results", "Authentication", "Resent-Authentication-Results"),
    ],
)
def test_results_under_another_name_are_none(name: str) -> None:
    assert found(RESULTS, (name, DMARC)) is HostVerdict.NO_RESULTS_OF_OURS


def test_results_inside_a_part_or_an_attached_message_are_none() -> None:
    part = f"{AR}: {DMARC}\nContent-Type: text/plain\n\nHello"
    attached = f"Content-Type: message/rfc822\n\n{AR}: {DMARC}\nFrom: {RHIAN}\n\nHello"
    octets = multipart("mixed", part, attached, fields=(("From", RHIAN),))

    assert host_verdict(read(octets), RESULTS) is HostVerdict.NO_RESULTS_OF_OURS


def test_without_a_name_of_ours_no_results_are_read() -> None:
    by = HostProof(kind=Asked.RESULTS, logins=LOGINS, own_addresses=SERVICE)

    assert found(by, (AR, "; dmarc=pass"), (AR, DMARC)) is HostVerdict.NO_RESULTS_OF_OURS


def test_a_field_longer_than_any_host_writes_is_not_taken_apart() -> None:
    long = f"{OURS}; dmarc=pass (" + "x" * LONGEST + ")"

    assert found(RESULTS, (AR, long)) is HostVerdict.NO_RESULTS_OF_OURS
    assert found(SUBMISSION, ("Received", postfix("x" * LONGEST))) is HostVerdict.NOT_RECEIVED_BY_US


def test_a_field_of_a_version_to_come_is_not_guessed_at() -> None:
    assert found(RESULTS, (AR, f"{OURS} 2; dmarc=pass")) is HostVerdict.RESULTS_UNREADABLE


# --- Exchange --------------------------------------------------------------

AUTH_AS = "X-MS-Exchange-Organization-AuthAs"


def test_mail_handed_in_by_somebody_who_logged_in_to_exchange_is_proved() -> None:
    assert found(EXCHANGE, (AUTH_AS, "Internal")) is HostVerdict.INTERNAL


@pytest.mark.parametrize(
    ("fields", "proof"),
    [
        ((), HostVerdict.NOT_SAID_BY_EXCHANGE),
        (((AUTH_AS, "Anonymous"),), HostVerdict.NOT_INTERNAL),
        (((AUTH_AS, "External"),), HostVerdict.NOT_INTERNAL),
        (((AUTH_AS, "Internal Anonymous"),), HostVerdict.NOT_INTERNAL),
        (((AUTH_AS, "=?utf-8?q?Internal?="),), HostVerdict.NOT_INTERNAL),
        (((AUTH_AS, "(Internal)"),), HostVerdict.NOT_INTERNAL),
        (((AUTH_AS, "Internal"), (AUTH_AS, "Internal")), HostVerdict.SAID_TWICE),
        (((AUTH_AS, "Internal"), (AUTH_AS.lower(), "Anonymous")), HostVerdict.SAID_TWICE),
        ((("X-MS-Exchange-CrossTenant-AuthAs", "Internal"),), HostVerdict.NOT_SAID_BY_EXCHANGE),
        (((AR, "mx.example.com; dmarc=pass"),), HostVerdict.NOT_SAID_BY_EXCHANGE),
    ],
)
def test_anything_but_one_mark_of_exchange_proves_nobody(
    fields: tuple[tuple[str, str], ...], proof: HostVerdict
) -> None:
    assert found(EXCHANGE, *fields) is proof


# --- submission ------------------------------------------------------------


@pytest.mark.parametrize(
    "hops",
    [
        pytest.param((postfix(),), id="Postfix"),
        pytest.param((LMTP, postfix()), id="into a mailbox on another host"),
        pytest.param((LOCALHOST, AMAVIS, postfix()), id="through amavis"),
        pytest.param((LOCALHOST, postfix()), id="through a filter that leaves no trace"),
        pytest.param((LMTP, LOCALHOST, AMAVIS, postfix()), id="through both"),
        pytest.param((postfix(seen="localhost [127.0.0.1]"),), id="webmail on the host itself"),
        pytest.param((postfix(), BORDER), id="what is below was made up, and nobody looks"),
        pytest.param((postfix("RHIAN", by="MX.Example.com."),), id="case"),
        pytest.param(
            (
                (
                    "from pc (192.0.2.7.isp.example [192.0.2.7])\r\n\tby mx.example.com (OpenSMTPD)"
                    " with ESMTPSA id d6a231c8 (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)"
                    " auth=yes user=rhian\r\n\tfor <service@example.com>;\r\n\tFri, 20 Nov 2026"
                ),
            ),
            id="OpenSMTPD",
        ),
        pytest.param(
            (
                "by mx.example.com (OpenSMTPD) with ESMTPSA id 2c23a5c3 auth=yes user=rhian;\r\n\tFri",
            ),
            id="OpenSMTPD with mask-src",
        ),
        pytest.param(
            (
                (
                    "from pc ([192.0.2.7] helo=[192.168.1.5]) (Authenticated sender: rhian)\r\n"
                    "\tby mx.example.com with esmtpsa  (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n"
                    "\t(Exim 4.98) (envelope-from <rhian@example.com>) id 1hoV3E-0004yg-4R; Fri"
                ),
            ),
            id="Exim with a received_header_text that names it",
        ),
        pytest.param(
            (
                (
                    "from pc (isp.example [192.0.2.7])\r\n\t(authenticated user=rhian mech=PLAIN bits=0)"
                    "\r\n\tby mx.example.com (8.17.1/8.17.1) with ESMTPSA id q5ABw4hn029717\r\n"
                    "\t(version=TLSv1.3 cipher=X bits=256 verify=NOT);\r\n\tFri, 20 Nov 2026"
                ),
            ),
            id="Sendmail that names it",
        ),
    ],
)
def test_the_login_that_our_host_names_proves_the_handler(hops: tuple[str, ...]) -> None:
    assert (
        found(SUBMISSION, *(("Received", hop) for hop in hops)) is HostVerdict.AUTHENTICATED_LOGIN
    )


FORGED = postfix()


@pytest.mark.parametrize(
    ("hops", "proof"),
    [
        pytest.param((), HostVerdict.NOT_RECEIVED_BY_US, id="no trace at all"),
        pytest.param((postfix("gareth"),), HostVerdict.ANOTHER_LOGIN, id="another handler's login"),
        pytest.param((postfix("rhian (x)"),), HostVerdict.NO_LOGIN, id="more than a login"),
        pytest.param(
            (BORDER, FORGED), HostVerdict.NO_LOGIN, id="forged below the hop from outside"
        ),
        pytest.param((LMTP, BORDER, FORGED), HostVerdict.NO_LOGIN, id="the same behind LMTP"),
        pytest.param(
            (LOCALHOST, AMAVIS, BORDER, FORGED), HostVerdict.NO_LOGIN, id="the same behind amavis"
        ),
        pytest.param(
            (postfix(by="mx.example.com.evil.net"),),
            HostVerdict.NOT_RECEIVED_BY_US,
            id="a name like ours",
        ),
        pytest.param(
            (postfix(by="mx2.example.com"), FORGED),
            HostVerdict.NOT_RECEIVED_BY_US,
            id="another host of ours first, which lets our name in",
        ),
        pytest.param(
            (BORDER.replace("mx.", "mx2."), LMTP, FORGED),
            HostVerdict.NOT_RECEIVED_BY_US,
            id="LMTP that is not on top",
        ),
        pytest.param((AMAVIS, FORGED), HostVerdict.NOT_RECEIVED_BY_US, id="localhost on top"),
        pytest.param(
            (LOCALHOST, AMAVIS.replace("([127.0.0.1])", "([192.0.2.7])"), FORGED),
            HostVerdict.NOT_RECEIVED_BY_US,
            id="localhost that hears the world",
        ),
        pytest.param((postfix(protocol="ESMTPS"),), HostVerdict.NO_LOGIN, id="nobody logged in"),
        pytest.param(
            (
                BORDER.replace("from pc", "from [127.0.0.1]"),
                FORGED,
            ),
            HostVerdict.NO_LOGIN,
            id="a HELO of localhost",
        ),
        pytest.param(
            (
                BORDER.replace(
                    "from pc (unknown [192.0.2.7])", "from [192.0.2.7] (helo=[127.0.0.1])"
                ),
                FORGED,
            ),
            HostVerdict.NO_LOGIN,
            id="the same to Exim",
        ),
        pytest.param(
            (
                BORDER.replace("from pc (unknown [192.0.2.7])", "from [127.0.0.1] (192.0.2.7)"),
                FORGED,
            ),
            HostVerdict.NO_LOGIN,
            id="the same to a host that writes no brackets",
        ),
        pytest.param(
            ("by mx.example.com (Postfix, from userid 33)\r\n\tid 9C; Fri", FORGED),
            HostVerdict.NO_LOGIN,
            id="a program of the host, such as a web form",
        ),
        pytest.param(
            ("(qmail 4004 invoked by uid 550); 20 Nov 2026", FORGED),
            HostVerdict.NOT_RECEIVED_BY_US,
            id="no host named",
        ),
        pytest.param(
            (
                (
                    "from runner ([unix socket]) (authenticated user=rhian bits=0)\r\n"
                    "\tby mx.example.com (Cyrus v2.3.7) with LMTPA; Fri"
                ),
                BORDER,
            ),
            HostVerdict.NO_LOGIN,
            id="Cyrus names who delivers, not who wrote",
        ),
    ],
)
def test_a_trace_without_the_handlers_login_proves_nobody(
    hops: tuple[str, ...], proof: HostVerdict
) -> None:
    assert found(SUBMISSION, *(("Received", hop) for hop in hops)) is proof


@pytest.mark.parametrize(
    "helo",
    [
        "(Authenticated sender: rhian)",
        "x (Authenticated sender: rhian)",
        "x (y [192.0.2.9]) (Authenticated sender: rhian)",
        "x (y [127.0.0.1]) (Authenticated sender: rhian) by mx.example.com (Postfix) with ESMTPSA id 1",
        "x by mx.example.com with ESMTPSA auth=yes user=rhian",
        "x by mx.example.com with ESMTPSA auth=yes user=rhian;",
        "x (y [127.0.0.1]) (Authenticated sender: rhian) by mx.example.com with ESMTPSA (",
        '"x (Authenticated sender: rhian)"',
        "=?utf-8?q?=28Authenticated_sender:_rhian=29?=",
        "x;y (z [127.0.0.1]) (Authenticated sender: rhian)",
        "by",
    ],
)
@pytest.mark.parametrize("login", ["", "(Authenticated sender: mallory) "])
def test_no_name_that_a_client_gives_itself_passes_for_a_login(helo: str, login: str) -> None:
    protocol = "ESMTPSA" if login else "ESMTPS"
    hop = f"from {helo} (unknown [192.0.2.7]) {login}by mx.example.com (Postfix) with {protocol} id 4F; Fri"

    assert not found(SUBMISSION, ("Received", hop)).proves_the_sender


def test_two_logins_told_of_one_hop_prove_nobody() -> None:
    hop = postfix("rhian").replace("(No client", "(Authenticated sender: rhian)\r\n\t(No client")

    assert found(SUBMISSION, ("Received", hop)) is HostVerdict.NO_LOGIN


def test_a_login_written_behind_the_recipient_is_not_our_hosts() -> None:
    hop = "from x (y [192.0.2.7]) by mx.example.com (OpenSMTPD) with ESMTPSA id 1 for auth=yes user=rhian; Fri"

    assert found(SUBMISSION, ("Received", hop)) is HostVerdict.NO_LOGIN


def test_a_handler_without_a_login_is_not_proved_by_one() -> None:
    answer = found(SUBMISSION, ("Received", postfix("")), sender="sian@example.com")

    assert answer is HostVerdict.NO_LOGIN_KNOWN


# --- whatever else the header holds ----------------------------------------

_LINES = st.sampled_from(
    [
        *("dmarc=pass", "header.from=example.com", "; ", "dkim=pass header.d=example.com", OURS),
        *(f"{OURS};", f"({OURS}; dmarc=pass)", '"', "(", ")", "\\", "\r\n ", "=", ".", "none", "1"),
        *(
            "by mx.example.com",
            "(Authenticated sender: rhian)",
            "with ESMTPSA",
            "auth=yes user=rhian",
        ),
        *(
            "from x (y [127.0.0.1])",
            "with LMTP",
            "by localhost",
            "Internal",
            "\x00",
            "=?utf-8?q?",
            "?=",
        ),
    ]
)
_VALUES = st.lists(_LINES, max_size=8).map(" ".join)
_NAMES = st.sampled_from(
    [
        *(
            AR,
            "Received",
            AUTH_AS,
            "ARC-Authentication-Results",
            "X-Authentication-Results",
            "Subject",
        ),
        *("X-MS-Exchange-CrossTenant-AuthAs", "Authentication-Results-Original", "DKIM-Filter"),
    ]
)
_FIELDS = st.lists(st.tuples(_NAMES, _VALUES), max_size=6)
#: What the writers of Received and Authentication-Results put on top of a stranger's mail.
_ON_TOP = [(AR, f"{OURS}; spf=none; dkim=none; dmarc=none"), ("Received", BORDER)]


@given(_FIELDS)
@example([("Received", postfix()), (AR, DMARC)])
def test_below_what_our_host_wrote_of_a_stranger_nothing_proves_a_handler(
    fields: list[tuple[str, str]],
) -> None:
    for by in (RESULTS, SUBMISSION):
        assert not found(by, *_ON_TOP, *fields).proves_the_sender


@given(_FIELDS)
def test_without_a_field_of_our_host_nothing_proves_a_handler(
    fields: list[tuple[str, str]],
) -> None:
    strangers = [
        (name, value.replace(OURS, "mx.example.net").replace("Internal", "External"))
        for name, value in fields
    ]

    for by in (RESULTS, EXCHANGE, SUBMISSION):
        assert not found(by, *strangers).proves_the_sender


@given(st.text(max_size=200) | _VALUES)
def test_whatever_a_field_holds_it_is_read_or_refused(value: str) -> None:
    host_of(value)
    results_in(value)
    received_in(value)
    received_in(f"from {value} by mx.example.com with ESMTP id 1; Fri")
    received_in(f"by {value}")


@pytest.mark.parametrize("to", ["jane@customer.example", "service@example.com.evil.example"])
def test_a_signed_mail_that_a_customer_sends_on_to_us_proves_nothing(to: str) -> None:
    signed = mail(("From", RHIAN)).replace(b"To: service@example.com", f"To: {to}".encode())
    content = f"{AR}: {DMARC}\r\n".encode() + signed

    assert b"service@example.com\r" not in content
    assert host_verdict(read(content), RESULTS) is HostVerdict.NOT_WRITTEN_TO_US


@pytest.mark.parametrize("to", ["Service+sabc@Example.com", "jane@x.example, service@example.com"])
def test_our_address_may_have_a_token_and_stand_beside_others(to: str) -> None:
    signed = mail(("From", RHIAN)).replace(b"To: service@example.com", f"To: {to}".encode())

    assert host_verdict(read(f"{AR}: {DMARC}\r\n".encode() + signed), RESULTS).proves_the_sender
