"""What metrics, pages and programs are shown, made ahead of the asking. Never a socket or a page."""
