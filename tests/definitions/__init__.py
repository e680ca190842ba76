"""Files in, values or mistakes out: the corpus of bad files, the figures of good cases, the examples of the docs."""
