"""The use cases: facts in, measuring, judging, claims, and the board of what is shown. Never a socket or a page."""
