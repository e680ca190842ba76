"""History and facts that others hold, turned into core values. Never a measurement of ours, never a database."""
