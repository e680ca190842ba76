"""What each term of a contract may look like in its file: one shape a term, told apart by closed sets of words."""
