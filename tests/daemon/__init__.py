"""The daemon as a process of its own, against real servers on loopback."""
