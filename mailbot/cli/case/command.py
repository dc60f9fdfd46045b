"""
From a reference to its case, shown.
"""

from rich.console import Console

from mailbot.cli.case.show import show
from mailbot.cli.opening import asked, need_a_database, no_such_case, quiet_settings
from mailbot.cli.shown.document import print_document
from mailbot.dossier.document import document


def show_case(reference: str, *, as_json: bool) -> None:
    settings = quiet_settings()
    need_a_database(settings)
    firm = settings.firm
    found = asked(settings, lambda: document(reference.strip().upper(), firm), nothing=None)
    if found is None:
        no_such_case(reference)
    if as_json:
        print_document(found)
    else:
        show(Console(), found, firm)
