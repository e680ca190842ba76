"""How the daemon's log lines look: logfmt on standard error."""

from __future__ import annotations

import os

import structlog


def log_to_standard_error() -> None:
    """One line an event, fields and not sentences: logfmt."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["ts", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=os.fdopen(2, "w", buffering=1, closefd=False)),
    )
