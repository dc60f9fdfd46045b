"""
The life of a case as a table: which move leads from which state to which.

A pair that is missing is illegal and raises; that nothing changes is spelled out.
"""

from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CLOSED = "closed"
    NOT_A_COMPLAINT = "not_a_complaint"


#: The clocks of such a case have nothing more to say, but for what outlives it.
SETTLED = frozenset({State.CLOSED, State.NOT_A_COMPLAINT})


class Move(StrEnum):
    """
    What happens to a case, as far as its state is concerned.
    """

    MESSAGE_JOINED = "message_joined"
    OUTCOME_SENT = "outcome_sent"
    OUTCOME_LOST = "outcome_lost"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CLOSED = "closed"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    DEADLOCKED = "deadlocked"
    JUDGED_NOT_A_COMPLAINT = "judged_not_a_complaint"


class IllegalMove(ValueError):  # noqa: N818 - the word of the trade
    """
    A move that has no place in the state; str() names both.
    """


_S, _M = State, Move

TRANSITIONS: dict[tuple[State, Move], State] = {
    (_S.OPEN, _M.MESSAGE_JOINED): _S.OPEN,
    # Code, stage 4: an outcome closes nothing until the customer confirms it.
    (_S.OPEN, _M.OUTCOME_SENT): _S.AWAITING_CONFIRMATION,
    (_S.OPEN, _M.CLOSED): _S.CLOSED,
    (_S.OPEN, _M.ESCALATED): _S.OPEN,
    (_S.OPEN, _M.DEADLOCKED): _S.OPEN,
    (_S.OPEN, _M.JUDGED_NOT_A_COMPLAINT): _S.NOT_A_COMPLAINT,
    (_S.AWAITING_CONFIRMATION, _M.MESSAGE_JOINED): _S.AWAITING_CONFIRMATION,
    (_S.AWAITING_CONFIRMATION, _M.OUTCOME_SENT): _S.AWAITING_CONFIRMATION,
    (_S.AWAITING_CONFIRMATION, _M.CONFIRMED): _S.CLOSED,
    # Code, stage 5: not satisfied with our response, so open again.
    (_S.AWAITING_CONFIRMATION, _M.DISPUTED): _S.OPEN,
    # An outcome that reached nobody is owed as before.
    (_S.AWAITING_CONFIRMATION, _M.OUTCOME_LOST): _S.OPEN,
    (_S.AWAITING_CONFIRMATION, _M.CLOSED): _S.CLOSED,
    (_S.AWAITING_CONFIRMATION, _M.REOPENED): _S.OPEN,
    (_S.AWAITING_CONFIRMATION, _M.ESCALATED): _S.OPEN,
    (_S.AWAITING_CONFIRMATION, _M.DEADLOCKED): _S.AWAITING_CONFIRMATION,
    (_S.AWAITING_CONFIRMATION, _M.JUDGED_NOT_A_COMPLAINT): _S.NOT_A_COMPLAINT,
    # "Thank you" must not wake a closed case; a person decides.
    (_S.CLOSED, _M.MESSAGE_JOINED): _S.CLOSED,
    (_S.CLOSED, _M.REOPENED): _S.OPEN,
    (_S.NOT_A_COMPLAINT, _M.MESSAGE_JOINED): _S.NOT_A_COMPLAINT,
    (_S.NOT_A_COMPLAINT, _M.REOPENED): _S.OPEN,
}


def after(state: State, move: Move) -> State:
    """
    The state that *move* leads to.
    """
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise IllegalMove(f"{move.value} cannot follow in state {state.value}") from None
