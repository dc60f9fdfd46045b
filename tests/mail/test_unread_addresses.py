"""
An address that nobody reads says so in many ways, and no name is taken for one.
"""

import pytest

from mailbot.mail.origin.unread_addresses import is_a_postmasters, takes_no_answer

UNREAD = """
noreply no-reply no_reply no.reply NoReply no-reply2 noreply+abc noreplyuk no-replies
do-not-reply donotreply do_not_reply do.not.reply dont-reply dontreply DoNotReply+17
pleasedonotreply please-do-not-reply donotrespond no-response no_answer
drive-shares-dm-noreply calendar.noreply.google x.noreply.y billing_no_reply mailnoreply
no.reply-forms 0noreply noreply.0001.forms unattended unattended-mailbox unmonitored.inbox
nicht-antworten nichtantworten bitte-nicht-antworten keine-antwort keineantwort
ne-pas-repondre nepasrepondre ne_pas_répondre info-nepasrepondre
no-responder noresponder no_responda no-contestar nao-responda não-responda naoresponder
non-rispondere nonrispondere niet-beantwoorden nietbeantwoorden geen-antwoord
svara-inte svarainte svara.ej ikke-svar svar-ikke må-ikke-besvares ala-vastaa
nie-odpowiadaj nieodpowiadaj neodpovidat ne-odpovidejte ne-valaszolj nu-raspundeti
dim-ateb peidiwch-ag-ateb norespond autoreply auto-reply reply-not-possible svar.ej
nereagujte neodgovaraj ne-odgovarjajte eivastata ara-vasta neatsakyti neatbildet ekki.svara
yanitlamayiniz cevapvermeyiniz antwoord-niet-mogelijk na-freagair kerjukne-valaszoljon
nobody nobody2 devnull dev-null daemon mailer-daemon mail_daemon MAILER.DAEMON mailerdaemon2
"""

READ = """
jane norah.reply norahreply reply reply.no replyno donot damon.price noreen no
renoreply casino-reply casinoreply techno.reply nobody.jones mr.nobody damon demonica
daemon.jones mailer postmaster.jones jo-response answers responder svar antwort keine
antwort.keine repondre natasha.otvechat autoreplyson svarejda ara.vastason unattendedly d.notreplyson
"""


@pytest.mark.parametrize("local", UNREAD.split())
def test_an_address_that_says_that_nobody_reads_it_takes_no_answer(local: str) -> None:
    assert takes_no_answer(f"{local}@shop.example")


@pytest.mark.parametrize("local", READ.split())
def test_a_name_that_comes_near_is_a_persons(local: str) -> None:
    assert not takes_no_answer(f"{local}@shop.example")


@pytest.mark.parametrize(
    ("domain", "takes_none"),
    [
        ("noreply.forge.example", True),
        ("users.noreply.forge.example", True),
        ("no-reply.shop.co.uk", True),
        ("ne-pas-repondre.boutique.example", True),
        ("noreply.example", False),
        ("no-reply.co.uk", False),
        ("replies.shop.example", False),
        ("noreplyson.shop.example", False),
    ],
)
def test_a_part_of_a_domain_may_say_it_and_a_domain_of_its_own_does_not(
    domain: str, takes_none: bool
) -> None:
    assert takes_no_answer(f"jane@{domain}") is takes_none


def test_a_postmaster_may_be_spelt_apart_and_have_a_number() -> None:
    spelt = ("postmaster", "Post_Master", "post-master", "post.master2", "postmaster+x")

    assert all(is_a_postmasters(f"{each}@shop.example") for each in spelt)
    others = ("postmasters", "post", "postmaster.jones", "subpostmaster")
    assert not any(is_a_postmasters(f"{each}@shop.example") for each in others)
