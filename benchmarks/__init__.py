"""What our own work costs, measured beside a peer or a floor in the same run; nothing here is imported by the product."""
