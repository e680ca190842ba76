"""What leaves the house: mails as bytes and one SMTP talk, signed notices to webhooks, the sign of life, the worker.

Never here: what a mail or a notice says, who approved it, how the outbox is stored.
"""
