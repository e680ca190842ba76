"""Who hears of what: mails, notices to programs, reminders of our own duties. Never whether it is owed."""
