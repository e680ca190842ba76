"""The documentation: pages for people here and below, and `sources`, which makes a site of them.

What never lives here: pages that are written from code; they are made for the site alone and cannot drift.
"""
