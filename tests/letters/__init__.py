"""The words that leave the house: what they say, how they look as text, that nothing else leaves with them."""
