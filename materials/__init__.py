"""Raw materials, lots, stock, GS1 codes: what comes in, where it is, what became of it."""
