"""Words and layouts: claim letters, breach notices, internal mails, as text and HTML from one value each.

Never here: what is owed or when, who approves, where mail goes, the database. Words stand in templates/, ready for
translation; numbers come formatted from here, so that both forms of a letter show the same ones.
"""
