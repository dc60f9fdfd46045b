"""
The warning that a gateway sets above a mail, and the first words of a person.

The warnings are of the shapes that products and firms use, in the tongues of their senders.
"""

# ruff: noqa: RUF001 - words as they are spelt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.quoting.banners import banner_end, without_banner
from mailbot.mail.quoting.new_text import Whose, new_text, parts

BANNERS = (
    "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.",
    "[EXTERNAL EMAIL] DO NOT CLICK links or attachments unless you recognize the sender and know the content is safe.",
    "You don't often get email from jane@example.com. Learn why this is important<https://aka.ms/LearnAboutSenderIdentification>",
    "Some people who received this message don't often get email from jane@example.com. Learn why this is important",
    """\
This message needs your attention
* This is a personal email address.
* This is their first mail to some recipients.
Mark Safe   Report   Powered by Mimecast""",
    """\
This Message Needs Your Attention

Mark Safe / Report""",
    "ATTENTION: External sender",
    "ACHTUNG: Diese E-Mail kommt von extern. Bitte klicken Sie nicht auf Links und öffnen Sie keine Anhänge, wenn Sie den Absender nicht kennen.",
    "ATTENTION : Ce courriel provient de l'extérieur de l'organisation. Ne cliquez pas sur les liens et n'ouvrez pas les pièces jointes à moins de connaître l'expéditeur.",
    "PRECAUCIÓN: Este correo electrónico se originó fuera de la organización. No haga clic en enlaces ni abra archivos adjuntos a menos que reconozca al remitente.",
    "LET OP: Deze e-mail is afkomstig van buiten de organisatie. Klik niet op links en open geen bijlagen tenzij u de afzender kent.",
    "Attenzione: questa e-mail proviene dall'esterno. Non cliccare sui link e non aprire gli allegati se non si conosce il mittente.",
    """\
ZjQcmQRYFpfptBannerStart
This Message Is From an External Sender
This message came from outside your organization.
ZjQcmQRYFpfptBannerEnd""",
    """\
ZjQcmQRYFpfptBannerStart
This Message Is From an Untrusted Sender
You have not previously corresponded with this sender.
    Report Suspicious  <https://us-phishalarm-ewt.proofpoint.com/EWT/v1/abc!xyz$>   ‌
ZjQcmQRYFpfptBannerEnd""",
    """\
Be careful with this message
This sender couldn't be verified. Avoid clicking links or replying with personal information.
Report phishing   Looks safe""",
    """\
+------------------------------------------------------------+
| EXTERNAL EMAIL                                             |
| Do not click links unless you recognise the sender.        |
+------------------------------------------------------------+""",
    "*** EXTERNAL ***",
    "[EXTERNAL]",
    "[EXT]",
    "EXTERNAL SENDER",
    "External Email - Be cautious of links and attachments.",
    """\
CAUTION: External (jane@example.com)
First-Time Sender   Details
Report This Email  FAQ  GoDaddy Advanced Email Security, Powered by INKY""",
    "UWAGA: Ta wiadomość pochodzi spoza organizacji. Nie klikaj w linki ani nie otwieraj załączników, jeśli nie znasz nadawcy.",
    "VARNING: Detta e-postmeddelande kommer från en extern avsändare. Klicka inte på länkar och öppna inte bilagor om du inte litar på avsändaren.",
    "ADVARSEL: Denne e-mail kommer udefra. Klik ikke på links, og åbn ikke vedhæftede filer, medmindre du kender afsenderen.",
    "ADVARSEL: Denne e-posten kommer fra en ekstern avsender. Ikke klikk på lenker med mindre du kjenner avsenderen.",
    "HUOMIO: Tämä viesti on lähetetty organisaation ulkopuolelta. Älä avaa linkkejä tai liitteitä, ellet tunne lähettäjää.",
    "POZOR: Tento e-mail pochází z adresy mimo organizaci. Neklikejte na odkazy a neotvírejte přílohy, pokud neznáte odesílatele.",
    "ВНИМАНИЕ: Это письмо отправлено извне организации. Не переходите по ссылкам и не открывайте вложения, если отправитель вам неизвестен.",
    "【注意】このメールは外部から送信されています。リンクや添付ファイルを開く際はご注意ください。",
    "注意：此邮件来自外部。请勿点击链接或打开附件，除非您认识发件人。",
    "ATENÇÃO: Este e-mail foi enviado por um remetente externo. Não clique em links nem abra anexos.",
    "RHYBUDD: Daw'r neges hon o'r tu allan i'r sefydliad. Peidiwch â chlicio ar ddolenni oni bai eich bod yn adnabod yr anfonwr.",
    """\
This email originated from outside of
Infinity System Solutions. Do not click links or open attachments
unless you recognize the sender.""",
    """\
CAUTION: This email originated from outside of the organization. Do not
click links or open attachments unless you recognize the sender and know
the content is safe.""",
    'WARNING: The sender of this email could not be validated and may not match the person in the "From" field.',
    "Caution: This is an external email and has a suspicious subject or content. Please take care when clicking links or opening attachments. When in doubt, contact your IT Department",
    "CAUTION: External Sender. Please do not click on links or open attachments from senders you do not trust.",
    "Sie erhalten nicht oft eine E-Mail von jane@example.com. Erfahren Sie, warum dies wichtig ist",
    "Vous n’obtenez pas souvent d’e-mail à partir de jane@example.com. Pourquoi c’est important",
    "*EXTERNAL EMAIL:* This message was sent from outside Acme Ltd. Please exercise caution.",
    "⚠ External sender. Verify before clicking links.",
    "IRONSCALES couldn't recognize this email as this is the first time you received an email from this sender jane@example.com",
    "NOTICE: This email was sent from outside the Council. Think before you click.",
    "We could not verify the identity of the sender. Click here to learn more.",
    "Achtung! Externer Absender",
    "EXTERNAL EMAIL: Treat attachments and links with caution.",
    "*Message from an external sender*",
    "---------- EXTERNAL EMAIL ----------",
    "WARNING - EXTERNAL EMAIL",
    "Warning: Unverified Sender",
    "This email is from an unusual correspondent. Make sure this is someone you trust.",
    "SECURITY NOTICE: This email is from an external source - be careful with attachments and links.",
    "[Externe E-Mail]",
    "Expéditeur externe : soyez prudent avec les liens et les pièces jointes.",
    "The email below is from an external source. Please do not open attachments or click links from unknown or suspicious origin.",
    "This message was sent from outside the company by someone with a display name matching a user in your organization. Please do not click links or open attachments unless you recognize the source of this email and know the content is safe.",
)

#: Words of people that look like one.
PEOPLE = (
    "Caution: the engineer must not touch the fuse box.",
    "External socket is broken",
    "EXTERNAL SOCKET IS BROKEN",
    "ATTENTION: you have not answered",
    "ATTENTION: you have not answered my email about the external socket",
    "ATTENTION: you have not answered the email about the external socket",
    "Achtung: die Nachricht vom externen Techniker kam nicht an.",
    "IMPORTANT: please do not send the engineer to the side door.",
    "WARNING: the cable outside the house is live.",
    "Important! Nobody answers the telephone.",
    "[External socket] is broken since Monday.",
    "This message is about the external socket.",
    "This email is about the cable outside the house.",
    "Please do not click on that link, it is a scam.",
    "Attention: the external message panel is broken",
    "I could not open the attachment.",
    "We could not open your attachment, please send it again.",
    "Yes",
    "Please be careful with the dog.",
    "Notice: I will complain to Ofcom.",
    "External engineer sent a message to my wife.",
    "Your email was sent to an external address.",
    "Report",
    "No",
    "URGENT - the sender of your letter is unknown to me",
    "Dear Jane, the email you sent was blocked because it came from outside.",
    "ATTENTION. La prise externe est cassée.",
    "Let op: de monteur moet achterom komen, buiten de organisatie om.",
    "This is the external socket.",
    "Ce message concerne la prise à l'extérieur de la maison.",
    """\
*Important*
The line is dead.""",
    """\
----
Line dead""",
    "Attenzione: il tecnico non deve entrare dall'esterno",
    "Help",
    "Outside of the house the cable hangs down.",
)

ANSWERS = (
    "We will be with you on Tuesday at nine.\n\nRhian",
    "#contact tue 14:00",
    "Yes",
    "yes, it works. Thank you",
    "[ISS-000001-95] is my reference.",
)


def shown(text: str) -> str:
    return " ".join(text.split())[:60]


@pytest.mark.parametrize("below", ["\n\n", "\n", "\r\n\r\n", "\n\n____________\n\n"])
@pytest.mark.parametrize("banner", BANNERS, ids=shown)
def test_a_warning_is_set_aside_and_every_word_below_it_is_kept(banner: str, below: str) -> None:
    assert [without_banner(f"{banner}{below}{each}") for each in ANSWERS] == list(ANSWERS)


@pytest.mark.parametrize("banner", BANNERS, ids=shown)
def test_under_a_warning_alone_nothing_is_left(banner: str) -> None:
    assert without_banner(banner) == ""
    assert new_text(banner) == ""


@pytest.mark.parametrize(
    "below", ["", "\n\nYes\n", "\nPlease do not click on links in that mail.", "\n\n#note he rang"]
)
@pytest.mark.parametrize("words", PEOPLE, ids=shown)
def test_a_persons_own_first_words_stay(words: str, below: str) -> None:
    assert without_banner(words + below) == words + below


def test_a_tag_before_the_first_word_is_taken_off() -> None:
    assert without_banner("[EXTERNAL] We come on Tuesday.") == "We come on Tuesday."
    assert without_banner("[Externe E-Mail] Danke, es geht.") == "Danke, es geht."


def test_a_warning_ends_where_the_writer_begins_on_the_same_line() -> None:
    text = "CAUTION: This email originated from outside of the organization. We come on Tuesday."

    assert without_banner(text) == "We come on Tuesday."


def test_what_a_handler_says_of_files_below_a_warning_is_theirs() -> None:
    words = "We could not open the attachment, please send it again without the link."

    assert without_banner(f"[EXTERNAL EMAIL]\n\n{words}") == words


def test_a_second_warning_of_another_gateway_is_set_aside_with_the_first() -> None:
    assert without_banner(f"{BANNERS[0]}\n\n{BANNERS[2]}\n\nYes") == "Yes"


def test_a_warning_between_the_lines_stays() -> None:
    text = f"Our own gateway writes this, and it is a nuisance:\n\n{BANNERS[0]}\n\nPlease stop it."

    assert without_banner(text) == text


def test_a_warning_is_no_quote_and_nothing_of_it_is_lost_for_the_file() -> None:
    text = f"{BANNERS[0]}\n\nYes\n\n> quoted\n"

    assert "".join(each.text for each in parts(text)) == text
    assert [each.whose for each in parts(text)] == [Whose.BANNER, Whose.WRITERS, Whose.QUOTED]


@given(
    st.text(
        alphabet=st.sampled_from("[]()*#\n .:!|-_EXTERNALemailoutside\u3010\uff01\u200b"),
        max_size=300,
    )
)
def test_whatever_is_read_the_writers_text_is_the_end_of_it(text: str) -> None:
    assert 0 <= banner_end(text) <= len(text)
    assert without_banner(text) == text[banner_end(text) :]


@pytest.mark.parametrize("banner", BANNERS[:9])
def test_a_warning_below_a_mail_is_set_aside_as_one_above_it(banner: str) -> None:
    text = f"We come on Tuesday.\n\nRhian\n\n{banner}\n"

    assert new_text(text) == "We come on Tuesday.\n\nRhian"
    assert "".join(part.text for part in parts(text)) == text


@pytest.mark.parametrize(
    "words",
    [
        "Caution: the cabinet is live. Do not touch it.",
        "Please do not click on the link in the mail of Monday.",
        "I have sent this message from outside the house, for the line is dead.",
    ],
)
def test_what_a_person_writes_last_stays(words: str) -> None:
    assert new_text(f"We come on Tuesday.\n\n{words}") == f"We come on Tuesday.\n\n{words}"


def test_a_warning_at_the_end_of_the_writers_own_paragraph_stays() -> None:
    text = "They write:\nATTENTION: External sender"

    assert new_text(text) == text
