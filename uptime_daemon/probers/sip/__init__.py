"""SIP (RFC 3261) as far as a probe needs it: messages, what carries them, and one talk of a user agent client."""
