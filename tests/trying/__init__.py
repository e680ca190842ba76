"""Attempts by hand: what is made of them, and what the daemon is asked."""
