"""The demonstration: what it promises at the start is there, whatever the day."""
