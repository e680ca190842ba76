"""Tests of the listeners: metrics, JSON, pages, on real sockets and in a real browser."""
