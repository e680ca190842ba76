"""Who comes in and may do what, and what somebody leaves behind. Never what anybody decides."""
