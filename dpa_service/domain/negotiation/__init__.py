"""Who decides about a deviation, and what a change in a returned text is."""
