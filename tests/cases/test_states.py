from itertools import product

import pytest

from mailbot.cases.states import TRANSITIONS, IllegalMove, Move, State, after


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_left(state: State) -> None:
    assert any(after(state, move) != state for move in Move if (state, move) in TRANSITIONS)


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached(state: State) -> None:
    assert state in TRANSITIONS.values()


@pytest.mark.parametrize(
    ("state", "move"), [pair for pair in product(State, Move) if pair not in TRANSITIONS]
)
def test_a_move_that_is_not_in_the_table_is_refused(state: State, move: Move) -> None:
    with pytest.raises(IllegalMove, match=f"{move} cannot follow in state {state}"):
        after(state, move)


@pytest.mark.parametrize("state", State)
def test_a_customer_may_write_in_any_state_and_changes_none_by_it(state: State) -> None:
    assert after(state, Move.MESSAGE_JOINED) == state


def test_nothing_but_a_yes_or_a_persons_word_closes_a_case() -> None:
    closing = {move for (_, move), end in TRANSITIONS.items() if end is State.CLOSED}

    assert closing - {Move.MESSAGE_JOINED} == {Move.CONFIRMED, Move.CLOSED}
