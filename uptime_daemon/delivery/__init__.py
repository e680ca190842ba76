"""Mail out of the house: messages as bytes, one SMTP talk, the worker that empties the outbox.

Never here: what a mail says, who approved it, how the outbox is stored.
"""
