"""
What clients put above the mail that they quote, in the tongues of their users, whole and
wrapped: cut, with a sign before the quoted lines or without.
"""

# ruff: noqa: RUF001 - words as they are spelt

import textwrap
from collections.abc import Callable

import pytest

from mailbot.mail.quoting.new_text import new_text

ADDRESS = "<service@infinity.example>"
ANSWER = "Dear Jane,\n\nan engineer comes on Tuesday.\n\nRhian"
QUOTED = "Hello Rhian Price,\n\nYour new case"

#: Web mail, desktops and telephones: who wrote, and when.
ATTRIBUTIONS = (
    "On Fri, 20 Nov 2026 at 16:45, Infinity <service@infinity.example> wrote:",
    "On Nov 20, 2026, at 4:45 PM, Infinity <service@infinity.example> wrote:",
    "On Friday, 20 November 2026 at 16:45:00 GMT, Infinity <service@infinity.example> wrote:",
    "On Friday, November 20th, 2026 at 4:45 PM, Infinity <service@infinity.example> wrote:",
    "On 20/11/2026 16:45, Infinity wrote:",
    "Am Fr., 20. Nov. 2026 um 16:45 Uhr schrieb Infinity <service@infinity.example>:",
    "Am 20.11.2026 um 16:45 schrieb Infinity <service@infinity.example>:",
    "Am 20. November 2026 16:45:00 MEZ schrieb Infinity <service@infinity.example>:",
    "Infinity <service@infinity.example> schrieb am 20.11.2026 um 16:45:",
    "Le ven. 20 nov. 2026 à 16:45, Infinity <service@infinity.example> a écrit :",
    "Le 20/11/2026 à 16:45, Infinity a écrit :",
    "Le 20 nov. 2026 à 16:45, Infinity <service@infinity.example> a écrit :",
    "El vie, 20 nov 2026 a las 16:45, Infinity (<service@infinity.example>) escribió:",
    "El 20/11/2026 a las 16:45, Infinity escribió:",
    "Il giorno ven 20 nov 2026 alle ore 16:45 Infinity <service@infinity.example> ha scritto:",
    "Il 20/11/2026 16:45, Infinity ha scritto:",
    "Op vr 20 nov 2026 om 16:45 schreef Infinity <service@infinity.example>:",
    "Op 20 nov 2026 om 16:45 heeft Infinity <service@infinity.example> het volgende geschreven:",
    "Op 20-11-2026 om 16:45 schreef Infinity:",
    "pt., 20 lis 2026 o 16:45 Infinity <service@infinity.example> napisał(a):",
    "W dniu 20.11.2026 o 16:45, Infinity pisze:",
    "Dnia 20 listopada 2026 16:45 Infinity <service@infinity.example> napisał(a):",
    "Em sex., 20 de nov. de 2026 às 16:45, Infinity <service@infinity.example> escreveu:",
    "Em 20/11/2026 16:45, Infinity escreveu:",
    "A sexta-feira, 20/11/2026, 16:45, Infinity <service@infinity.example> escreveu:",
    "Den fre 20 nov. 2026 kl 16:45 skrev Infinity <service@infinity.example>:",
    "20 nov. 2026 kl. 16:45 skrev Infinity <service@infinity.example>:",
    "Den fre. 20. nov. 2026 kl. 16.45 skrev Infinity <service@infinity.example>:",
    "Den 20-11-2026 kl. 16:45 skrev Infinity:",
    "fre. 20. nov. 2026 kl. 16:45 skrev Infinity <service@infinity.example>:",
    "pe 20. marrask. 2026 klo 16.45 Infinity <service@infinity.example> kirjoitti:",
    "pá 20. 11. 2026 v 16:45 odesílatel Infinity <service@infinity.example> napsal:",
    "Dne 20. 11. 2026 v 16:45 Infinity napsal(a):",
    "пт, 20 нояб. 2026 г. в 16:45, Infinity <service@infinity.example>:",
    "20.11.2026 16:45, Infinity пишет:",
    "20 ноября 2026 г., в 16:45, Infinity <service@infinity.example> написал(а):",
    "2026年11月20日(金) 16:45 Infinity <service@infinity.example>:",
    "2026/11/20 16:45、Infinity <service@infinity.example>のメール:",
    "On 2026/11/20 16:45, Infinity wrote:",
    "Infinity <service@infinity.example> 于2026年11月20日周五 16:45写道：",
    "2026年11月20日 16:45，Infinity <service@infinity.example> 写道：",
    "在 2026/11/20 16:45, Infinity 写道:",
    "2026년 11월 20일 (금) 오후 4:45, Infinity <service@infinity.example>님이 작성:",
    "Infinity <service@infinity.example> wrote on 20/11/2026 16:45:00:",
    "---- On Fri, 20 Nov 2026 16:45:00 +0000 Infinity <service@infinity.example> wrote ----",
    "---- Infinity wrote ----",
    "On Fri, 20 Nov 2026 at 16:45 Infinity <mailto:service@infinity.example> wrote:",
    "Infinity <service@infinity.example>, 20 Kas 2026 Cum, 16:45 tarihinde şunu yazdı:",
    "În vin., 20 nov. 2026 la 16:45, Infinity <service@infinity.example> a scris:",
    "Infinity <service@infinity.example> ezt írta (időpont: 2026. nov. 20., P, 16:45):",
    "Στις Παρ 20 Νοε 2026 στις 4:45 μ.μ., ο χρήστης Infinity <service@infinity.example> έγραψε:",
    "Ar Gwe 20 Tach 2026 am 16:45, ysgrifennodd Infinity <service@infinity.example>:",
    "пт, 20 лист. 2026 р. о 16:45 Infinity <service@infinity.example> пише:",
    "Vào Th 6, 20 thg 11, 2026 vào lúc 16:45 Infinity <service@infinity.example> đã viết:",
    "Quoting Infinity <service@infinity.example>:",
    "Zitat von Infinity <service@infinity.example>:",
    "Infinity <service@infinity.example> wrote:",
    "Infinity <service@infinity.example> a écrit :",
    "On Fri, Nov 20, 2026, 4:45 PM Infinity <service@infinity.example> wrote:",
    '20.11.2026, 16:45, "Infinity" <service@infinity.example>:',
    "Пятница, 20 ноября 2026, 16:45 +03:00 от Infinity <service@infinity.example>:",
    '"Infinity" <service@infinity.example> napisał(a) 20 lis 2026 16:45:',
    "Fri, 20 Nov 2026 16:45:00 +0000 Infinity <service@infinity.example>:",
    "20 nov. 2026 kl. 16:45 skrev Infinity <service@infinity.example>:",
)

#: Outlook and its kin: some fields of the header, with an address or without.
HEADERS = (
    "Από: Infinity\nΣτάλθηκε: Παρασκευή, 20 Νοεμβρίου 2026 16:45\nΠρος: Rhian\nΘέμα: New case",
    "보낸 사람: Infinity\n보낸 날짜: 2026년 11월 20일 금요일 16:45\n받는 사람: Rhian\n제목: New case",
    "  Original Message  \nFrom: Infinity\nSent: Friday, 20 November 2026 16:45\nTo: Rhian\nSubject: New",
    "From: Infinity complaints\nSent: Friday, 20 November 2026 16:45\nTo: Rhian Price",
    "From: Infinity complaints\nSent: Friday, 20 November 2026 16:45\nTo: Rhian Price\nSubject: Your new case",
    "Von: Infinity\nGesendet: Freitag, 20. November 2026 16:45\nAn: Rhian Price",
    "De : Infinity\nEnvoyé : vendredi 20 novembre 2026 16:45\nÀ : Rhian Price",
    "De: Infinity\nEnviado: viernes, 20 de noviembre de 2026 16:45\nPara: Rhian",
    "Da: Infinity\nInviato: venerdì 20 novembre 2026 16:45\nA: Rhian",
    "Van: Infinity\nVerzonden: vrijdag 20 november 2026 16:45\nAan: Rhian",
    "Od: Infinity\nWysłano: piątek, 20 listopada 2026 16:45\nDo: Rhian",
    "De: Infinity\nEnviada: 20 de novembro de 2026 16:45\nPara: Rhian",
    "Från: Infinity\nSkickat: den 20 november 2026 16:45\nTill: Rhian",
    "Fra: Infinity\nSendt: 20. november 2026 16:45\nTil: Rhian",
    "Lähettäjä: Infinity\nLähetetty: perjantai 20. marraskuuta 2026 16.45\nVastaanottaja: Rhian",
    "Od: Infinity\nOdesláno: pátek 20. listopadu 2026 16:45\nKomu: Rhian",
    "От: Infinity\nОтправлено: 20 ноября 2026 г. 16:45\nКому: Rhian",
    "De la: Infinity\nTrimis: vineri, 20 noiembrie 2026 16:45\nCătre: Rhian",
    "Nuo: Infinity\nIšsiųsta: 2026 m. lapkričio 20 d. 16:45\nKam: Rhian\nTema: New case",
    "Saatja: Infinity\nSaadetud: reede, 20. november 2026 16:45\nAdressaat: Rhian\nTeema: New case",
    "Nga: Infinity\nDërguar: e premte, 20 nëntor 2026 16:45\nPër: Rhian\nSubjekti: New case",
    "差出人: Infinity\n送信日時: 2026年11月20日 16:45\n宛先: Rhian",
    "发件人: Infinity\n发送时间: 2026年11月20日 16:45\n收件人: Rhian",
    "发件人：Infinity <service@infinity.example>\n日期：2026年11月20日 16:45\n收件人：Rhian",
    "*From:* Infinity\n*Sent:* Friday, 20 November 2026 16:45\n*To:* Rhian",
    "From: Infinity complaints\nDate: Friday, 20 November 2026 at 16:45\nTo: Rhian Price",
    "From: Infinity\nTo: Rhian\nDate: 20/11/2026 16:45\nSubject: Your new case",
    "-----Original Message-----\nFrom: Infinity",
    "-------- Original message --------\nFrom: Infinity <service@infinity.example>\nDate: 20/11/2026 16:45 (GMT+00:00)\nTo: Rhian",
    "-------- Ursprüngliche Nachricht --------\nVon: Infinity <service@infinity.example>\nDatum: 20.11.26 16:45 (GMT+01:00)",
    "-------- Message d'origine --------\nDe : Infinity",
    "-----Mensaje original-----\nDe: Infinity",
    "-----Messaggio originale-----\nDa: Infinity",
    "-----Oorspronkelijk bericht-----\nVan: Infinity",
    "-----Wiadomość oryginalna-----\nOd: Infinity",
    "-----Ursprungligt meddelande-----\nFrån: Infinity",
    "-----Oprindelig meddelelse-----\nFra: Infinity",
    "-----Opprinnelig melding-----\nFra: Infinity",
    "-----Alkuperäinen viesti-----\nLähettäjä: Infinity",
    "-----Původní zpráva-----\nOd: Infinity",
    "-----Исходное сообщение-----\nОт: Infinity",
    "------------------ 原始邮件 ------------------\n发件人: Infinity",
    "-----元のメッセージ-----\n差出人: Infinity",
    "---------- Původní e-mail ----------\nOd: Infinity",
    '----- Original Message -----\nFrom: "Infinity" <service@infinity.example>\nTo: "Rhian"\nSent: Friday, 20 November, 2026 16:45:00',
    "Infinity---20/11/2026 16:45:00---Hello Rhian Price, Your new case",
)

#: What people write that looks a little like it.
PEOPLE = (
    "The original message\nOriginal message\nis what I mean.",
    "20 November 2026, 16:45 by the front door:\nwe come.",
    "Our engineer wrote to us on Friday:\nthe socket is wet.",
    "From: 9am\nTo: 1pm\nDate: 20 November\nWe come then.",
    "From: Newport\nTo: Cardiff\nSubject to survey.",
    "No: 45678\nDate: 20/11/2026 10:00\nSubject: the line is dead\nPlease mend it.",
    "We come on 20 November 2026 at 16:45:\n\nplease be in.",
    "Our engineer wrote: it works.",
    "You wrote:\nthe line is dead. We agree.",
    "Write to Bob <bob@example.com> and tell him:\nthe line works.",
    "Please call Jane <jane@example.com> wrote down the number.",
    "Here is the plan---20/11/2026---as agreed.",
    "---- What we did ----\nWe changed the socket.",
    "Engineer:  Bob (bob@example.com)\nVisit: 24 November 2026 14:00",
    "To: the front door\nFrom: the side\nSent: by post",
    "Date: 24 November 2026\nTime: 14:00",
)


def signed(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


WRAPPED: dict[str, Callable[[str], str]] = {
    "whole": lambda line: line,
    "the bracket on the next line": lambda line: line.replace(ADDRESS, f"{ADDRESS[:-1]}\n>"),
    "the address on the next line": lambda line: line.replace(ADDRESS, f"\n{ADDRESS}"),
    "the address on a line of its own": lambda line: line.replace(ADDRESS, f"\n{ADDRESS}\n"),
    "a link on three lines": lambda line: line.replace(ADDRESS, "<\nmailto:s@infinity.example\n>"),
    "at 40": lambda line: textwrap.fill(line, 40),
    "at 60": lambda line: textwrap.fill(line, 60),
}


@pytest.mark.parametrize("below", [f"\n\n{QUOTED}", f"\n{signed(QUOTED)}", f"\n\n{signed(QUOTED)}"])
@pytest.mark.parametrize("wrapped", WRAPPED.values(), ids=WRAPPED)
def test_an_attribution_is_cut_however_a_client_wraps_it(
    wrapped: Callable[[str], str], below: str
) -> None:
    relayed = {each: new_text(f"{ANSWER}\n\n{wrapped(each)}{below}") for each in ATTRIBUTIONS}

    assert {each: left for each, left in relayed.items() if left != ANSWER} == {}


@pytest.mark.parametrize("rule", ["", "________________________________\n"])
@pytest.mark.parametrize("header", HEADERS)
def test_a_clients_header_is_cut_and_all_below_it(header: str, rule: str) -> None:
    assert new_text(f"{ANSWER}\n\n{rule}{header}\n\n{QUOTED}") == ANSWER


@pytest.mark.parametrize("words", PEOPLE)
def test_a_persons_own_line_is_none(words: str) -> None:
    assert new_text(f"Dear Jane,\n\n{words}") == f"Dear Jane,\n\n{words}"


def test_a_client_may_say_by_whom_and_when() -> None:
    line = "20 Nov 2026, 16:45 by service@infinity.example:"

    assert new_text(f"{ANSWER}\n\n{line}\n\n{QUOTED}") == ANSWER


def test_the_line_above_a_quote_that_says_when_is_the_clients_in_any_tongue() -> None:
    line = "Infinity kirjoitti 20.11.2026 klo 16.45:"

    assert new_text(f"{ANSWER}\n\n{line}\n{signed(QUOTED)}") == ANSWER


def test_the_end_of_a_quoted_link_that_a_client_has_wrapped_is_quoted() -> None:
    quote = "> See the page (https://infinity.example/status\n?case=1)\n> as well"

    assert new_text(f"{ANSWER}\n\nOn 20 Nov 2026, Infinity wrote:\n{quote}") == ANSWER
