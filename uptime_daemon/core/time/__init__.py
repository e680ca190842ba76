"""Instants, spans and calendars: the only place where local time becomes UTC. Never a zone lookup, never "now"."""
