"""Tests of the sources: what rows of others become, and what is said of the rows that become nothing."""
