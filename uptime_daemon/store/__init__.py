"""Rows on disk: runs, facts, claims, mails, evidence, and the thread that writes them. Never what they mean.

Table classes and SQL never leave this folder; the rest of the house sees `ports` alone. No observation, fact or event
is ever edited or deleted here: the open run grows, everything else is appended.
"""
