"""`contracts/*.yaml`: one file is one vendor's contract with its plans, parameters and ambiguities."""
