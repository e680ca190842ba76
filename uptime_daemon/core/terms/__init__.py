"""What was promised: money, contract, agreement. Never what happened, never how it was written in a file."""
