"""
The published code as text, and what keeps each of its sentences: two files beside the three.

Nothing but `mailbot code` reads them: a worker goes by code.toml.
"""

from pathlib import Path

from mailbot.cases.rulebook.published import Answer
from mailbot.settings.load import ConfigurationProblems
from mailbot.settings.toml_file import tables_in, validated
from mailbot.settings.values import Section, Text

CODE_TEXT = "published-code.txt"
SENTENCES_FILE = "sentences.toml"


class _Sentence(Section):
    words: Text
    does: str = ""
    by: tuple[str, ...] = ()
    people: str = ""
    tests: tuple[str, ...] = ()


class _SentencesFile(Section):
    sentence: tuple[_Sentence, ...] = ()


def published_code(folder: Path) -> str:
    """
    The text of the code. ConfigurationProblems if there is none that can be read.
    """
    file = folder / CODE_TEXT
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        why = f"not found in {folder}: put the text of your published code there, as plain text"
    except OSError as fault:
        why = f"cannot be read ({fault.strerror}): allow mailbot to read it"
    except UnicodeDecodeError:
        why = "is not UTF-8: save the file as UTF-8 text"
    raise ConfigurationProblems([f"{CODE_TEXT}: {why}"])


def answers_in(folder: Path) -> tuple[Answer, ...]:
    """
    What was said of its sentences; nothing where there is no such file yet.
    ConfigurationProblems for a file that is not as it should be.
    """
    file = folder / SENTENCES_FILE
    if not file.exists():
        return ()
    problems: list[str] = []
    tables = tables_in(file, problems)
    if tables is None:
        raise ConfigurationProblems(problems)
    value, wrong = validated(tables, _SentencesFile)
    if value is None or wrong:
        raise ConfigurationProblems(
            f"{SENTENCES_FILE}: {each.key}: {each.sentence}" for each in wrong
        )
    return tuple(Answer(**dict(each)) for each in value.sentence)
