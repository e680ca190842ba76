"""Files that people write -> frozen core values, with every mistake of every file at once, each with its line.

Never here: what the values mean, defaults that the documentation does not show, anything that runs.
"""
