"""The running program: wires the rooms, owns every loop and its bound.

What never lives here: arithmetic, decisions, tables of the database, words for people. A mistake of ours ends the task
group and with it the process; what was committed stays. Trouble outside never does.
"""
