"""The console on a real record, in a real browser."""
