"""Tests of the store: what is durable, what is refused, what a crash leaves, and what trouble never makes wrong."""
