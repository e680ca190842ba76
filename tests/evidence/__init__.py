"""The bundle that proves a claim: its bytes, its table, its manifest."""
