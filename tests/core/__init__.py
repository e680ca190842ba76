"""The arithmetic under laws, tables of facts and slow oracles; never a file of the product's, a clock or a network."""
