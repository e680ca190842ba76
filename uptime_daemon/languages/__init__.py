"""The languages that people are written to and read in: gettext catalogues, numbers, dates and lengths by locale.

Never here: what is said (letters, web), what is owed, rounding. Whatever comes here is rounded already; this room
only spells it.
"""
