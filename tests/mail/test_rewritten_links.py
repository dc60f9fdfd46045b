"""
What a gateway made of a link is undone where the original stands in it.
"""

from html import escape

import pytest

from mailbot.mail.reading.rewritten_links import as_written

FORM = "https://www.example.com/form/7?a=1&b=2"
SAFE = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.com%2Fform"
    "%2F7%3Fa%3D1%26b%3D2&data=05%7C02%7Crhian%40example.com%7Cabc&sdata=x&reserved=0"
)
REWRITTEN = {
    "outlook": SAFE,
    "proofpoint v1": (
        "https://urldefense.proofpoint.com/v1/url?u=https%3A//www.example.com/form/7%3Fa%3D1%26b"
        "%3D2&k=oI%2F&r=x"
    ),
    "proofpoint v2": (
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.com_form_7-3Fa-3D1-26b"
        "-3D2&d=DwMFaQ&c=x&r=y&m=z&s=w&e="
    ),
    "proofpoint v3": "https://urldefense.com/v3/__https://www.example.com/form/7?a=1*b=2__;Jg!!A!b$",
    "proofpoint v3, a slash lost": (
        "https://urldefense.com/v3/__https:/www.example.com/form/7?a=1&b=2__;!!A!b$"
    ),
    "barracuda": (
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fwww.example.com%2fform%2f7%3fa%3d1"
        "%26b%3d2&c=E,1,x&typo=1"
    ),
    "google": (
        "https://www.google.com/url?q=https://www.example.com/form/7?a%3D1%26b%3D2&sa=D&ust=1"
    ),
    "sophos": (
        "https://eu-west-1.protection.sophos.com?d=example.com"
        "&u=aHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vZm9ybS83P2E9MSZiPTI=&i=x"
    ),
    "cisco": (
        "https://secure-web.cisco.com/1abc/https%3A%2F%2Fwww.example.com%2Fform%2F7%3Fa%3D1%26b%3D2"
    ),
    "checkpoint": f"https://protect.checkpoint.com/v2/___{FORM}___.YXA",
    "symantec": (
        "https://clicktime.symantec.com/3xY?u=https%3A%2F%2Fwww.example.com%2Fform%2F7%3Fa%3D1%26b"
        "%3D2"
    ),
}
STRANGE = [
    "https://protect-eu.mimecast.com/s/AbCd?domain=example.com",
    "https://www.google.com/search?q=https://www.example.com",
    "https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fa.example",
    "https://eur01.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F%22%3E%3Cb",
    "https://urldefense.com/v3/__https://a.example/*__;!",
    "https://urldefense.com/v3/__https://a.example/__;_!!",
    "https://eu.protection.sophos.com?u=%%%",
    "https://[urldefense.com/v3/",
    "https://urldefense.com",
]


@pytest.mark.parametrize("link", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_a_rewritten_link_is_put_back_in_text_and_in_html(link: str) -> None:
    assert as_written(f"The form ({link}), please.") == f"The form ({FORM}), please."
    html = f'<a href="{escape(link)}">this form</a>.'
    assert as_written(html, is_html=True) == f'<a href="{escape(FORM)}">this form</a>.'


def test_a_link_that_two_gateways_have_rewritten_is_put_back() -> None:
    both = (
        f"https://linkprotect.cudasvc.com/url?a={SAFE.replace('%', '%25').replace('&', '%26')}&c=E"
    )

    assert as_written(both) == FORM


@pytest.mark.parametrize("link", STRANGE)
def test_what_cannot_be_undone_or_leads_nowhere_stays_as_it_is(link: str) -> None:
    assert as_written(f"See {link} today") == f"See {link} today"
