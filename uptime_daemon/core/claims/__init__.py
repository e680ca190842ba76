"""A claim's life: states, stages, deadlines. Never a letter's words, never its delivery."""
