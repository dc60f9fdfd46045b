"""
The settings: the example loads, and whatever is wrong is told at once with its remedy.
"""

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from mailbot.cases.people.handlers import Role
from mailbot.settings import ConfigurationProblems, Settings, effective, load
from tests.mail.test_face import a_png

EXAMPLE = Path(__file__).parents[1] / "config"
PASSWORD = {"MAILBOT_IMAP__PASSWORD": "correct horse"}
TODAY = date(2026, 11, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A copy of the example to spoil.
    """
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def problems(folder: Path, environ: Mapping[str, str] = PASSWORD) -> list[str]:
    with pytest.raises(ConfigurationProblems) as refusal:
        load(folder, environ)
    return list(refusal.value.problems)


def the_example(**environ: str) -> Settings:
    return load(EXAMPLE, PASSWORD | environ)


def test_the_example_lacks_only_the_password() -> None:
    assert problems(EXAMPLE, {}) == [
        (
            "mailbot.toml, environment: imap.password or imap.password_file is needed: "
            "set MAILBOT_IMAP__PASSWORD, or name a file that holds it"
        )
    ]


def test_the_example_with_a_password_is_the_firm_of_the_code() -> None:
    settings = the_example()

    assert settings.service.address == "service@infinitysystemsolutions.co.uk"
    assert settings.imap.max_message == 30 * 1024 * 1024
    assert settings.imap.poll_every == timedelta(minutes=1)
    assert settings.zone.key == settings.calendar.zone.key == "Europe/London"
    assert settings.paths.templates is None
    assert settings.people.in_role(Role.HANDLER)[0].name == "Rhian Price"
    assert settings.rulebook.company.short_name == "Infinity"
    assert settings.config_folder == EXAMPLE
    assert settings.own_addresses == {"service@infinitysystemsolutions.co.uk"}


def test_what_the_file_leaves_out_has_the_examples_value(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mailbot.toml").write_text(
        '[service]\naddress = "service@infinitysystemsolutions.co.uk"\n'
        '[imap]\nhost = "imap.example.net"\nusername = "service"\n'
        '[smtp]\nhost = "smtp.example.net"\n'
    )

    assert effective(load(tmp_path, PASSWORD)) == effective(the_example())


def test_the_environment_overrides_any_key() -> None:
    settings = the_example(
        MAILBOT_IMAP__PORT="143",
        MAILBOT_IMAP__TLS="starttls",
        MAILBOT_IMAP__IDLE="false",
        MAILBOT_IMAP__MAX_MESSAGE="5MB",
        MAILBOT_IMAP__POLL_EVERY="2h",
        MAILBOT_SERVICE__ALIASES="help@example.com, info@example.com",
        MAILBOT_OAUTH2__SCOPES='["one", "two"]',
        MAILBOT_DATABASE__URL="postgres://mailbot:secret@127.0.0.1:5432/mailbot",
        MAILBOT_PATHS__TEMPLATES="own",
    )

    assert (settings.imap.port, settings.imap.tls, settings.imap.idle) == (143, "starttls", False)
    assert settings.imap.max_message == 5 * 1024 * 1024
    assert settings.imap.poll_every == timedelta(hours=2)
    assert settings.service.aliases == ("help@example.com", "info@example.com")
    assert settings.oauth2.scopes == ("one", "two")
    assert settings.paths.templates == Path("own")


def test_variables_that_are_not_keys_are_left_alone_unless_they_were_meant_to_be() -> None:
    the_example(MAILBOT_CONFIG="elsewhere", MAILBOT_PORT="tcp://10.0.0.1:25", HOME="nowhere")

    assert problems(
        EXAMPLE,
        PASSWORD | {"MAILBOT_IMAP__PSSWORD": "hunter2", "MAILBOT_SMTP_PASSWORD": "hunter2"},
    ) == [
        "environment: MAILBOT_IMAP__PSSWORD: unknown setting (MAILBOT_IMAP__PASSWORD?)",
        "environment: MAILBOT_SMTP_PASSWORD: unknown setting (MAILBOT_SMTP__PASSWORD?)",
    ]


def test_a_mistake_in_the_environment_is_told_by_the_variable() -> None:
    assert problems(EXAMPLE, PASSWORD | {"MAILBOT_IMAP__PORT": "993x"}) == [
        'environment: MAILBOT_IMAP__PORT: expected a whole number, got "993x"'
    ]


def test_every_problem_of_all_three_files_is_told_at_once(folder: Path) -> None:
    rewrite(folder / "mailbot.toml", "port = 993", 'port = "993x"')
    rewrite(folder / "mailbot.toml", 'processed_folder = "Processed"', 'procesed_folder = "INBOX"')
    rewrite(folder / "code.toml", 'within = "3 working days"', 'wihtin = "3 working days"')
    rewrite(folder / "code.toml", "months = 72", "months = 3")
    rewrite(folder / "handlers.toml", 'role = "handler"', 'role = "boss"')

    assert problems(folder, {}) == [
        (
            "mailbot.toml, environment: imap.password or imap.password_file is needed: "
            "set MAILBOT_IMAP__PASSWORD, or name a file that holds it"
        ),
        'mailbot.toml: imap.port: expected a whole number, got "993x"',
        "mailbot.toml: imap.procesed_folder: unknown setting (processed_folder?)",
        "code.toml: promises.agree_contact.within: is needed; the example of this file shows it",
        "code.toml: promises.agree_contact.wihtin: unknown setting (within?)",
        "code.toml: retention.months: expected at least 12, got 3",
        (
            'handlers.toml: handlers.1.role: expected "handler", "customer_service_manager", '
            '"head_of_professional_services" or "account_manager", got "boss"'
        ),
    ]


def test_an_unknown_key_does_not_hide_a_contradiction(folder: Path) -> None:
    rewrite(folder / "code.toml", 'version = "2026-1"', 'version = "2026-1"\nedition = 1')
    rewrite(folder / "code.toml", 'due = "17:00"', 'due = "08:00"')
    rewrite(folder / "handlers.toml", "also = []", 'als = ""')
    rewrite(folder / "handlers.toml", "gareth.evans@", "rhian.price@")

    told = problems(folder)

    assert {each.split(": ")[1] for each in told} == {
        "edition",
        "promises.agree_contact.acts",
        "handlers.1.als",
        "handlers.2.email",
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'host = "imap.example.net"',
            "",
            "imap.host: is needed; the example of this file shows it",
        ),
        ('host = "imap.example.net"', 'host = ""', "imap.host: must not be empty"),
        ("port = 993", "port = true", "imap.port: expected a whole number, got true"),
        ("port = 993", "port = 70000", "imap.port: expected at most 65535, got 70000"),
        ("idle = true", 'idle = "yes"', 'imap.idle: expected true or false, got "yes"'),
        (
            'tls = "implicit"',
            'tls = "ssl"',
            'imap.tls: expected "implicit", "starttls" or "none", got "ssl"',
        ),
        (
            'tls = "implicit"',
            'tls = "none"',
            (
                'imap.tls: "none" would send passwords and complaints to imap.example.net in the '
                'open: set "implicit" or "starttls"'
            ),
        ),
        (
            'auth = "password"',
            'auth = "oauth2"',
            (
                'oauth2.flow: is needed, because auth = "oauth2": "client_credentials" (Microsoft'
                ' 365), "service_account" (Google), or "refresh_token" (both)'
            ),
        ),
        (
            'max_message = "30MB"',
            "max_message = 30",
            'imap.max_message: expected a size such as "500KB" or "30MB", got 30',
        ),
        (
            'poll_every = "60s"',
            'poll_every = "soon"',
            'imap.poll_every: expected a duration such as "60s", "5m" or "1h", got "soon"',
        ),
        (
            'processed_folder = "Processed"',
            'processed_folder = "INBOX"',
            (
                'imap.processed_folder: is the folder that mail is fetched from ("INBOX"): name '
                'another, or "" to leave messages where they are'
            ),
        ),
        (
            'address = "service@infinitysystemsolutions.co.uk"',
            'address = "service"',
            'service.address: expected a mail address such as "name@example.net", got "service"',
        ),
        (
            'address = "service@infinity',
            f'address = "{"s" * 35}@infinity',
            (
                'service.plus_addressing: the address leaves no room for a reply token: before the "@" '
                "it may have 30 characters, it has 35. Use a shorter service.address"
            ),
        ),
        (
            'reference_prefix = "ISS"',
            'reference_prefix = "iss"',
            'service.reference_prefix: expected two to eight capital letters, got "iss"',
        ),
        (
            'timezone = "Europe/London"',
            'timezone = "Europe/Londn"',
            (
                'service.timezone: expected a time zone such as "Europe/London", got "Europe/Londn" '
                "(Europe/London?)"
            ),
        ),
        (
            'staff_proof = "confirm"',
            'staff_proof = "authserv"',
            (
                'service.authserv_id: staff_proof = "authserv" goes by our own mail host\'s name in '
                'Authentication-Results: set it, for example "mx.example.net"'
            ),
        ),
        (
            'staff_proof = "confirm"',
            'staff_proof = "dmarc"',
            (
                'service.staff_proof: expected "confirm", "authserv", "exchange" or "submission", '
                'got "dmarc"'
            ),
        ),
        (
            'authserv_id = ""',
            'authserv_id = "mx.example.net; dmarc"',
            (
                'service.authserv_id: expected a host\'s name such as "mx.example.net", got '
                '"mx.example.net; dmarc"'
            ),
        ),
        (
            "plus_addressing = true",
            "plus_addressing = false",
            (
                'service.staff_proof: "confirm" knows staff by the address they answer to: set '
                "plus_addressing = true"
            ),
        ),
        (
            'token_key_file = "var/token.key"',
            'token_key_file = ""',
            'service.token_key_file: must name a file, such as "var/token.key"',
        ),
        (
            'send = "live"',
            'send = "test"',
            'service.send: expected "live" or "none", got "test"',
        ),
        (
            'url = "sqlite://var/mailbot.sqlite3"',
            'url = "mysql://me:hunter2@db/mailbot"',
            (
                'database.url: expected "sqlite://FILE" or "postgres://user:password@host:5432/name" '
                "(what is set is not shown: it may hold a password)"
            ),
        ),
        ("[paths]", "[pths]", "pths: unknown setting (paths?)"),
        ("connections = 2", "connections = 0", "smtp.connections: expected at least 1, got 0"),
    ],
)
def test_a_mistake_in_mailbot_toml_is_told_with_its_remedy(
    folder: Path, old: str, new: str, problem: str
) -> None:
    rewrite(folder / "mailbot.toml", old, new)

    assert problems(folder) == [f"mailbot.toml: {problem}"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'email = "gareth.evans@',
            'email = "Rhian.Price@',
            (
                "handlers.2.email: rhian.price@infinitysystemsolutions.co.uk belongs to Rhian Price "
                "already: one address is one person"
            ),
        ),
        (
            'email = "gareth.evans@',
            'email = "Service@',
            (
                "handlers.2.email: service@infinitysystemsolutions.co.uk is the service's own "
                "address: give Gareth Evans an address of their own"
            ),
        ),
        (
            "also = []",
            'also = ["service@infinitysystemsolutions.co.uk"]',
            (
                "handlers.1.also: service@infinitysystemsolutions.co.uk is the service's own address: "
                "give Rhian Price an address of their own"
            ),
        ),
        (
            "away = []",
            "away = [{ from = 2027-01-02, to = 2026-12-21 }]",
            (
                "handlers.1.away.1.to: is before from (2027-01-02): exchange the two, both days are "
                "included"
            ),
        ),
        (
            "away = []",
            "away = [{ form = 2027-01-02, to = 2027-01-03 }]",
            "handlers.1.away.1.form: unknown setting (from?)",
        ),
        (
            'receipts = "needed"',
            'receipts = "none"',
            'handlers.1.receipts: expected "needed" or "all", got "none"',
        ),
    ],
)
def test_a_mistake_in_handlers_toml_is_told_with_its_remedy(
    folder: Path, old: str, new: str, problem: str
) -> None:
    rewrite(folder / "handlers.toml", old, new)

    assert f"handlers.toml: {problem}" in problems(folder)


def test_an_absence_may_be_a_single_day(folder: Path) -> None:
    day = date(2026, 12, 21)
    rewrite(folder / "handlers.toml", "away = []", f"away = [{{ from = {day}, to = {day} }}]")

    handler = load(folder, PASSWORD).people.handlers[0]

    assert handler.is_away(day)
    assert not handler.is_away(day + timedelta(days=1))


def test_somebody_must_hear_of_promises_at_risk(folder: Path) -> None:
    rewrite(folder / "handlers.toml", 'role = "customer_service_manager"', 'role = "handler"')
    load(folder, PASSWORD)
    rewrite(folder / "handlers.toml", 'role = "head_of_professional_services"', 'role = "handler"')

    assert problems(folder) == [
        (
            "handlers.toml: handlers: nobody hears of promises at risk: give somebody role = "
            '"customer_service_manager" or "head_of_professional_services"'
        )
    ]


def test_an_alias_of_the_service_is_no_handlers_address(folder: Path) -> None:
    aliases = {"MAILBOT_SERVICE__ALIASES": "Sian.Morgan@infinitysystemsolutions.co.uk"}

    (problem,) = problems(folder, PASSWORD | aliases)

    assert problem.startswith("handlers.toml: handlers.3.email: sian.morgan@")


def test_a_file_that_is_missing_broken_or_not_utf8_is_named(folder: Path) -> None:
    (folder / "mailbot.toml").unlink()
    (folder / "code.toml").write_text('version = "1"\n[hours\n')
    (folder / "handlers.toml").write_bytes(b'[[handlers]]\nname = "Si\xe2n"\n')

    assert problems(folder) == [
        (
            f"mailbot.toml: not found in {folder}: copy the example of it there, or name another "
            "folder with --config"
        ),
        (
            "code.toml: not written as TOML wants it: Expected ']' at the end of a table declaration "
            "(at line 2, column 7)"
        ),
        "handlers.toml: line 2 is not UTF-8: save the file as UTF-8 text",
    ]


def test_a_password_can_stand_in_a_file(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "imap-password"
    secret.write_text("correct horse\n")
    rewrite(folder / "mailbot.toml", 'password_file = ""', f'password_file = "{secret}"')

    assert load(folder, {}).imap.password.get_secret_value() == "correct horse"


def test_who_names_a_file_in_place_of_the_folder_is_told_so(folder: Path) -> None:
    with pytest.raises(ConfigurationProblems) as wrong:
        load(folder / "mailbot.toml", PASSWORD)

    said = f"{folder}/mailbot.toml is a file: name the folder that the three files are in"
    assert wrong.value.problems == tuple(
        f"{name}: {said}" for name in ("mailbot.toml", "code.toml", "handlers.toml")
    )


def test_the_mark_that_some_editors_put_in_front_belongs_to_no_password(
    folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "imap-password"
    secret.write_bytes(b"\xef\xbb\xbfcorrect horse\r\n")
    rewrite(folder / "mailbot.toml", 'password_file = ""', f'password_file = "{secret}"')

    assert load(folder, {}).imap.password.get_secret_value() == "correct horse"


def test_a_password_in_the_environment_goes_before_the_file(folder: Path) -> None:
    rewrite(folder / "mailbot.toml", 'password_file = ""', 'password_file = "absent"')

    imap = load(folder, PASSWORD).imap
    assert imap.password.get_secret_value() == "correct horse"
    # Nor is it looked up there at a login.
    assert imap.password_file == ""


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_ipv6_may_stand_in_brackets(host: str) -> None:
    settings = the_example(MAILBOT_IMAP__HOST=host, MAILBOT_IMAP__TLS="none")

    assert settings.imap.host == "::1"


def test_a_folder_may_be_named_by_what_the_server_uses_it_for() -> None:
    settings = the_example(MAILBOT_IMAP__SENT_FOLDER=r"\sent")
    assert settings.imap.sent_folder == r"\sent"

    environ = {"MAILBOT_IMAP__PROCESSED_FOLDER": r"\Trash", "MAILBOT_IMAP__SENT_FOLDER": r"\Send"}
    assert problems(EXAMPLE, PASSWORD | environ) == [
        rf"environment: MAILBOT_IMAP__{key}: expected the name of a folder, or '{use}', got '{got}'"
        for key, use, got in (
            ("PROCESSED_FOLDER", r"\Archive", r"\Trash"),
            ("SENT_FOLDER", r"\Sent", r"\Send"),
        )
    ]


def test_a_file_of_certificates_that_cannot_help_is_told_with_its_remedy(tmp_path: Path) -> None:
    absent, other = tmp_path / "absent.pem", tmp_path / "other.pem"
    other.write_bytes(b"-----BEGIN PRIVATE KEY-----\n\xff\n")
    environ = {"MAILBOT_IMAP__CAFILE": str(absent), "MAILBOT_SMTP__CAFILE": str(other)}

    how = "copy the certificate of the authority that signed the server's there, as PEM"
    found = problems(EXAMPLE, PASSWORD | environ)

    assert [each.partition(f": {how}")[0] for each in found] == [
        f'environment: MAILBOT_IMAP__CAFILE: cannot read "{absent}" (No such file or directory)',
        f'environment: MAILBOT_SMTP__CAFILE: "{other}" holds no certificate',
    ]


def test_a_password_file_that_cannot_help_is_told_with_its_remedy(
    folder: Path, tmp_path: Path
) -> None:
    empty, absent = tmp_path / "empty", tmp_path / "absent"
    empty.touch()
    environ = {
        "MAILBOT_IMAP__PASSWORD_FILE": str(empty),
        "MAILBOT_SMTP__PASSWORD_FILE": str(absent),
    }

    assert problems(folder, environ) == [
        f'mailbot.toml: imap.password_file: "{empty}" is empty: put the password into it',
        (
            f'mailbot.toml: smtp.password_file: cannot read "{absent}" (No such file or directory): '
            "put the password into that file and let mailbot read it"
        ),
    ]


def test_two_passwords_are_one_too_many(folder: Path) -> None:
    rewrite(folder / "mailbot.toml", 'password_file = ""', 'password = "a"\npassword_file = "b"')

    assert problems(folder, {}) == [
        "mailbot.toml: imap.password_file: imap.password is given too: keep one of the two"
    ]


def test_smtp_wants_a_password_only_with_a_username(folder: Path) -> None:
    assert problems(folder, PASSWORD | {"MAILBOT_SMTP__USERNAME": "service"}) == [
        (
            "mailbot.toml, environment: smtp.password or smtp.password_file is needed: "
            "set MAILBOT_SMTP__PASSWORD, or name a file that holds it"
        )
    ]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1"])
def test_on_this_machine_tls_may_be_none(host: str) -> None:
    settings = the_example(MAILBOT_IMAP__HOST=host, MAILBOT_IMAP__TLS="none")

    assert settings.imap.tls == "none"


@pytest.mark.parametrize("host", ["127.0.0.1.example.net", "localhost.example.net", "10.0.0.1"])
def test_elsewhere_tls_may_not_be_none(host: str) -> None:
    (problem,) = problems(
        EXAMPLE, PASSWORD | {"MAILBOT_IMAP__HOST": host, "MAILBOT_IMAP__TLS": "none"}
    )

    assert problem.startswith("environment: MAILBOT_IMAP__TLS: ")


def test_the_longest_address_that_leaves_room_for_a_token_is_taken() -> None:
    address = f"{'s' * 30}@example.com"

    assert the_example(MAILBOT_SERVICE__ADDRESS=address).service.address == address


def test_no_secret_is_ever_shown() -> None:
    settings = the_example(
        MAILBOT_SMTP__PASSWORD="a://b",
        MAILBOT_DATABASE__URL="postgres://mailbot:hunter2@127.0.0.1:5432/mailbot?sslmode=disable",
    )
    shown = dict(effective(settings))

    assert shown["imap.password"] == shown["smtp.password"] == "(set)"
    assert shown["database.url"] == "postgres://mailbot:(set)@127.0.0.1:5432/mailbot"
    assert dict(effective(the_example()))["smtp.password"] == "(not set)"
    assert not [each for each in ("correct horse", "a://b", "hunter2") if each in repr(settings)]


def test_no_logo_is_printed_among_the_keys_once_it_was_looked_at(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(a_png(40, 20))
    settings = the_example(MAILBOT_FACE__LOGO=str(logo), MAILBOT_FACE__LOGO_TEXT="Infinity")
    assert settings.face.shown.logo

    said = [(key, value) for key, value in effective(settings) if key.startswith("face.")]

    assert said == [("face.colour", ""), ("face.logo", str(logo)), ("face.logo_text", "Infinity")]


def test_the_password_of_a_database_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2/@:?#%\n")
    settings = the_example(
        MAILBOT_DATABASE__URL="postgres://mailbot@db1:5432,db2:5433/mailbot?sslmode=require",
        MAILBOT_DATABASE__PASSWORD_FILE=str(secret),
    )
    url = settings.database.url.get_secret_value()

    assert url == (
        "postgres://mailbot:hunter2%2F%40%3A%3F%23%25@db1:5432,db2:5433/mailbot?sslmode=require"
        f"&password_file={quote(str(secret), safe='')}"
    )
    shown = dict(effective(settings))
    assert shown["database.url"] == "postgres://mailbot:(set)@db1:5432,db2:5433/mailbot"
    assert shown["database.password_file"] == str(secret)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite://var/x.sqlite3", "a file has no password: leave database.password_file out"),
        (
            "postgres://mailbot:hunter2@db/mailbot",
            "database.url has a password too: keep one of the two",
        ),
        (
            "postgres://db/mailbot",
            "whose password it is stands in no url: write postgres://user@host/name",
        ),
    ],
)
def test_a_password_file_that_no_database_needs_is_told(
    folder: Path, tmp_path: Path, url: str, problem: str
) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2")
    given = {"MAILBOT_DATABASE__URL": url, "MAILBOT_DATABASE__PASSWORD_FILE": str(secret)}

    assert problems(folder, PASSWORD | given) == [
        f"mailbot.toml: database.password_file: {problem}"
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            "sslmode=always",
            "sslmode: expected one of disable, allow, prefer, require, verify-ca, verify-full",
        ),
        ("sslmod=require", 'unknown option "sslmod" (sslmode?)'),
        ("sslrootcert=absent", 'sslrootcert: there is no file "absent"'),
        (
            "target_session_attrs=standby",
            "target_session_attrs: expected one of any, read-write, primary",
        ),
        ("connect_timeout=0", "connect_timeout: expected seconds, from 1 to 99"),
    ],
)
def test_an_option_of_a_database_that_is_none_is_told(
    folder: Path, options: str, problem: str
) -> None:
    given = {"MAILBOT_DATABASE__URL": f"postgres://me:hunter2@db/mailbot?{options}"}

    assert problems(folder, PASSWORD | given) == [f"environment: MAILBOT_DATABASE__URL: {problem}"]


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [
        ("postgres://me@127.0.0.1/mailbot", False),
        ("postgres://me@localhost:5433/mailbot", False),
        ("postgres://me@127.0.0.1,db/mailbot", True),
        ("postgres://me@db/mailbot?sslmode=prefer", True),
        ("postgres://me@db/mailbot?sslmode=require", False),
    ],
)
def test_a_database_elsewhere_that_may_be_spoken_to_in_the_open_is_warned_of(
    url: str, is_warned: bool
) -> None:
    told = the_example(MAILBOT_DATABASE__URL=url).warnings(TODAY)

    assert any("database.url" in each for each in told) == is_warned


def test_a_secret_of_the_wrong_type_is_not_shown_either(folder: Path) -> None:
    rewrite(folder / "mailbot.toml", 'password_file = ""', "password = 471100")

    assert problems(folder, {}) == ["mailbot.toml: imap.password: expected text in quotes"]


def test_a_firm_without_handlers_is_warned_and_not_refused(folder: Path) -> None:
    for _ in range(2):
        rewrite(folder / "handlers.toml", 'role = "handler"', 'role = "account_manager"')

    warnings = load(folder, PASSWORD).warnings(TODAY)

    assert any(each.startswith("handlers.toml: nobody has the role handler") for each in warnings)


def test_a_rehearsal_and_an_unnamed_scheme_are_warned_of() -> None:
    warnings = the_example(MAILBOT_SERVICE__SEND="none").warnings(TODAY)

    assert any(each.startswith('mailbot.toml: service.send is "none"') for each in warnings)
    assert any(each.startswith("code.toml: adr.scheme is empty") for each in warnings)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"SMTP__HOST": "smtp.office365.com", "SMTP__PER_MINUTE": "30", "IMAP__SENT_FOLDER": "Sent"},
         ["imap.sent_folder: smtp.office365.com keeps what is sent by itself"]),
        ({"SMTP__HOST": "smtp.gmail.com", "IMAP__SENT_FOLDER": "Sent"},
         ["imap.sent_folder: smtp.gmail.com keeps what is sent by itself"]),
        ({"SMTP__HOST": "smtp.gmail.com"}, []),
        ({"SMTP__HOST": "smtp.office365.com", "SMTP__PER_MINUTE": "60", "SMTP__CONNECTIONS": "4"},
         ["smtp.per_minute: smtp.office365.com takes 30 mails", "smtp.connections:"]),
        ({"SMTP__HOST": "smtp.office365.com"}, ["smtp.per_minute:"]),
        ({"SMTP__USERNAME": "other@example.net"}, ["smtp.username: is not service.address"]),
        ({"SMTP__USERNAME": "other@example.net", "SERVICE__ALIASES": '["Other@example.net"]'}, []),
        ({"SMTP__USERNAME": "a-login"}, []),
    ],
)  # fmt: skip
def test_what_a_large_provider_does_by_itself_is_reminded_of(
    keys: dict[str, str], told: list[str]
) -> None:
    settings = load(
        EXAMPLE,
        PASSWORD
        | {"MAILBOT_SMTP__PASSWORD": "secret", "MAILBOT_SMTP__AUTH": "password"}
        | {f"MAILBOT_{key}": value for key, value in keys.items()},
    )
    found = [
        each.removeprefix("mailbot.toml: ")
        for each in settings.warnings(TODAY)
        if each.startswith(("mailbot.toml: smtp", "mailbot.toml: imap")) and ".auth: " not in each
    ]

    assert len(found) == len(told)
    assert all(each.startswith(words) for each, words in zip(found, told, strict=True))


@pytest.mark.parametrize("host", ["outlook.office365.com", "OUTLOOK.office365.com"])
def test_a_password_for_microsoft_365_is_warned_of(host: str) -> None:
    warned = the_example(MAILBOT_IMAP__HOST=host).warnings(TODAY)

    assert any(each.startswith("mailbot.toml: imap.auth:") and "README" in each for each in warned)


def test_a_login_is_one_persons(folder: Path) -> None:
    rewrite(folder / "handlers.toml", 'login = ""', 'login = "rhian"')
    rewrite(
        folder / "handlers.toml", 'name = "Gareth Evans"', 'name = "Gareth Evans"\nlogin = "Rhian"'
    )

    assert problems(folder) == [
        "handlers.toml: handlers.2.login: Rhian belongs to Rhian Price already: one login is one person"
    ]


def by_proof(kind: str, folder: Path = EXAMPLE) -> Settings:
    told = {"MAILBOT_SERVICE__STAFF_PROOF": kind, "MAILBOT_SERVICE__AUTHSERV_ID": "mx.example.net"}
    return load(folder, PASSWORD | told)


def test_where_the_login_is_the_proof_somebody_needs_one(folder: Path) -> None:
    with pytest.raises(ConfigurationProblems) as refusal:
        by_proof("submission", folder)

    assert refusal.value.problems == (
        (
            'handlers.toml: handlers: nobody has a login, and staff_proof = "submission" in '
            "mailbot.toml knows staff by nothing else: give each person's login"
        ),
    )


def test_whoever_has_no_login_where_it_is_the_proof_is_warned_of(folder: Path) -> None:
    rewrite(folder / "handlers.toml", 'login = ""', 'login = "rhian"')
    settings = by_proof("submission", folder)

    warned = [each for each in settings.warnings(TODAY) if "login" in each]
    assert len(warned) == len(settings.people.handlers) - 1
    assert warned[0].startswith("handlers.toml: Gareth Evans has no login")
    assert settings.people.logins["rhian.price@infinitysystemsolutions.co.uk"] == "rhian"


@pytest.mark.parametrize(
    ("kind", "reminder"),
    [
        ("authserv", "Authentication-Results that come from outside under mx.example.net"),
        ("exchange", "X-MS-Exchange-Organization-* of all that comes from outside"),
    ],
)
def test_what_only_the_mail_host_can_see_to_is_reminded_of(kind: str, reminder: str) -> None:
    reminders = [each for each in by_proof(kind).warnings(TODAY) if "staff_proof" in each]

    assert len(reminders) == 1
    assert reminder in reminders[0]
    assert not [each for each in the_example().warnings(TODAY) if "staff_proof" in each]


@pytest.mark.parametrize("kind", ["authserv", "exchange"])
def test_without_plus_addressing_the_host_can_prove_staff(kind: str) -> None:
    told = {
        "MAILBOT_SERVICE__STAFF_PROOF": kind,
        "MAILBOT_SERVICE__AUTHSERV_ID": "mx.example.net",
        "MAILBOT_SERVICE__PLUS_ADDRESSING": "false",
    }

    assert the_example(**told).service.staff_proof == kind


def test_settings_cannot_be_changed() -> None:
    settings = the_example()

    with pytest.raises(Exception, match="frozen"):
        settings.imap.port = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        settings.people = settings.people  # type: ignore[misc]


# --- monitoring --------------------------------------------------------------


@pytest.mark.parametrize("place", ["127.0.0.1:9464", "[::1]:9464", "localhost:80"])
def test_this_machine_may_ask_how_mailbot_is(place: str) -> None:
    settings = the_example(MAILBOT_MONITORING__LISTEN=place)

    assert settings.monitoring.host_and_port[0] in {"127.0.0.1", "::1", "localhost"}


@pytest.mark.parametrize("place", ["0.0.0.0:9464", "[::]:9464", "10.0.0.7:9464", "monitor:9464"])
def test_another_machine_may_only_with_a_word(place: str) -> None:
    [told] = problems(EXAMPLE, PASSWORD | {"MAILBOT_MONITORING__LISTEN": place})
    word = {"MAILBOT_MONITORING__LISTEN": place, "MAILBOT_MONITORING__BEYOND_LOOPBACK": "true"}

    assert told.startswith(f'mailbot.toml: monitoring.beyond_loopback: listen = "{place}" answers')
    assert "set beyond_loopback = true" in told
    assert the_example(**word).monitoring.host_and_port[1] == 9464


@pytest.mark.parametrize("place", ["9464", ":9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536",
                                   "http://127.0.0.1:9464", "::1:9464", "127.0.0.1:9464/x"])  # fmt: skip
def test_what_is_no_place_is_refused(place: str) -> None:
    told = problems(EXAMPLE, PASSWORD | {"MAILBOT_MONITORING__LISTEN": place})

    assert told == [
        (
            f"environment: MAILBOT_MONITORING__LISTEN: expected an address and a port such as"
            f' "127.0.0.1:9464", got "{place}"'
        )
    ]
