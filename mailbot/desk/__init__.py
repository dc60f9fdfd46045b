"""
What is done with whatever comes: a message, a due step, the fate of a letter, an order.

Pure: each function takes what is known and says what became of it, in a copy of what is
known (`cases/known`). The workers read before and keep afterwards; `explain`, `simulate` and
`check` look at the answer and keep nothing.
"""
