"""The arithmetic: time, terms, facts, judging, claims as frozen values and free functions.

Never here: I/O, a clock, randomness, async, logging, a database. Zones, holidays and "now" come in as arguments.
"""
