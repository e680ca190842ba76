"""Measures uptime, judges it by the contract's words, proves every number; holds only the rooms and what joins them.

What never lives here: arithmetic outside core, a second place that reads the clock, the name of a vendor.
"""
