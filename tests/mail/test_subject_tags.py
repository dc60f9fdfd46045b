"""
A subject is judged as its writer's program wrote it, whatever gateways have set before it.
"""

import pytest

from mailbot.mail.origin.subject_tags import without_tags

AUTOMATIC = "Automatic reply: No internet"


@pytest.mark.parametrize(
    "tag",
    [
        *("[EXTERNAL]", "[EXT]", "[Ext.]", "[EXTERNAL]:", "EXTERNAL:", "External email:", "EXT:"),
        *("[External Email]", "[EXTERNAL SENDER]", "(External)", "<External>", "**EXTERNAL**"),
        *("{EXTERNAL}", "*EXTERN*", "[EXTERN]", "Extern:", "[E-Mail extern]", "[EXTERNE]"),
        *("[Courriel externe]", "[CORREO EXTERNO]", "[Email esterna]", "[Ekstern e-mail]"),
        *("[ZEWNĘTRZNY]", "[Externí]", "[Allanol]", "[Ebost allanol]", "【外部メール】", "[외부]"),
        *("[Sender unverified]", "[Unverified Sender]", "[CAUTION]", "[Caution: External]"),
        *("[WARNING - EXTERNAL]", "[SPAM?]", "[SPAM]", "***SPAM***", "*****SPAM*****", "{Spam?}"),
        *("[SPAM 7.2]", "[Spam score: 5.1]", "[Suspected Spam]", "***Suspected Spam***"),
        *(
            "[SPAMVERDACHT]",
            "[Possible phishing]",
            "[BULK]",
            "{Disarmed}",
            "[This is an external email]",
        ),
        *(
            "\u26a0\ufe0f [EXTERNAL]",
            "[EXTERNAL] [SPAM?]",
            "[EXT][BULK] EXTERNAL:",
            "###EXTERNAL###",
        ),
        *("EXTERNAL -", "External sender \u2013", "EXT |"),
        *("[NOT VERIFIED - EXTERNAL]", "[Verdächtig]", "[Suspecté spam]", "__EXTERNAL__"),
    ],
)
def test_the_tag_of_a_gateway_is_taken_off(tag: str) -> None:
    assert without_tags(f"{tag} {AUTOMATIC}") == AUTOMATIC


def test_what_stands_before_an_answer_and_behind_its_sign_goes_and_the_sign_stays() -> None:
    assert without_tags("[EXTERNAL] Re: [EXT] No internet") == "Re: No internet"
    assert without_tags("AW: [EXTERN] SV: [EXT] No internet") == "AW: SV: No internet"


@pytest.mark.parametrize(
    "subject",
    [
        "No internet",
        "[ISS-000001-95] No internet",
        "[Jane] No internet",
        "(urgent) No internet",
        "External socket broken",
        "The [EXTERNAL] socket is broken",
        "[external socket] broken",
        "[Ticket#2026] No internet",
        "Warning: message 1aB-2cD delayed 24 hours",
        "Warning: the pole in our lane leans",
        "*** no internet ***",
        "Attention: Rhian Price",
        "Extension: 204 does not ring",
        "[EXTERNAL]",
        "Re: ",
        "",
    ],
)
def test_a_subject_that_a_person_begins_so_is_left_as_it_is(subject: str) -> None:
    assert without_tags(subject) == subject


def test_what_a_person_says_behind_a_tag_is_theirs() -> None:
    assert without_tags("[EXTERNAL] socket in our hall") == "socket in our hall"


@pytest.mark.parametrize(
    "piece", ["[", "[external ", "[e", "*", "(((", "Re: ", "[EXT] ", "external "]
)
def test_a_subject_of_nothing_but_tags_is_looked_at_quickly(piece: str) -> None:
    assert without_tags(piece * 20_000)
