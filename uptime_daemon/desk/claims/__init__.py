"""Claims from eligible to settled: letters, approvals, answers, reminders, the ledger. Never a figure computed anew."""
