"""`make docs`: README, the pages of `docs/` and a reference written from the code, laid out for the site generator."""
