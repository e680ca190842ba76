"""Every promise of the tree as a test that can fail; no code of the product, no data but under data/ and golden/."""
