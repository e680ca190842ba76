"""What people and programs read: metrics, JSON, pages. Never a figure of its own, never a question to the store."""
