"""
The three files of the configuration: read once, frozen, every problem at once.

    load        the three files and the environment, or every problem with them
    sections    every key of mailbot.toml
    oauth2      the section [oauth2], by flow
    providers   what Microsoft 365 and Google do by themselves
    handlers    the people of handlers.toml
    (the rulebook of code.toml is `cases/rulebook/rulebook.py`: it is what the rules speak of)
"""

from mailbot.settings.load import (
    ConfigurationProblems,
    Settings,
    effective,
    load,
    people_in,
)

__all__ = ["ConfigurationProblems", "Settings", "effective", "load", "people_in"]
