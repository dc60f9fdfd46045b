"""
Whether mailbot is well, which is whether a person has to do something: values and rules,
without a clock, a database or a server.
"""
