"""A case file: its keys, its facts, its period, and each group's time from what it states or measured."""
