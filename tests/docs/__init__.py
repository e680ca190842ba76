"""The documentation: the site that is made of it, its links, and the commands that it tells people to type."""
