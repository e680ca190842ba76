"""The daemon's own configuration: what it takes and what it refuses, with file and line."""
