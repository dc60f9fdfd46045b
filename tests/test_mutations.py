"""
The list of wrong rules keeps up with the rules: a row that is stale proves nothing.
"""

from tests.mutations import MUTATIONS, ROOT


def test_every_mutation_stands_in_the_code_and_names_tests_that_are_there() -> None:
    stale = [each.name for each in MUTATIONS if not each.stands_in(ROOT)]
    untested = [
        each.name
        for each in MUTATIONS
        if not all((ROOT / test.partition("::")[0]).exists() for test in each.tests)
    ]
    assert (stale, untested) == ([], [])


def test_no_two_mutations_are_called_alike() -> None:
    names = [each.name for each in MUTATIONS]
    assert len(set(names)) == len(names)
