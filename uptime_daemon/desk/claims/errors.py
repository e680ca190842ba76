"""What the claims desk refuses."""


class ClaimError(Exception):
    """What was asked of the claims desk cannot be done; the message says what to do instead."""
