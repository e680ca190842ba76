"""What our own work costs, beside a peer or a floor in the same run; the product imports nothing from here."""
