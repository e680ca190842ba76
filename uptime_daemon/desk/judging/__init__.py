"""From the record to statements and their forms. The core computes; nothing here does."""
