"""Minutes out of a CSV file."""
