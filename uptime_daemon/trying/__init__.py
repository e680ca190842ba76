"""Attempts as they are configured, for the daemon's watch and by hand: probes and sentinels joined to our probers.

Never a schedule, never a record.
"""
