"""What the clauses say about a claim, and the most they can make the house pay."""
