"""What the facts mean under the terms: labels, availability, credit, statement, derivation. Never a file or a clock."""
