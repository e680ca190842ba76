"""Mail out of the house, against real servers on loopback: what is received, and what is known when it is not."""
