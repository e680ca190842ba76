"""The bundle that proves a claim: a case that anybody can judge again, its outages as a table, the digests of both.

Never here: what is claimed, who is written to, where the files are kept.
"""
