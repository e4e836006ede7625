"""Word files: rendering an agreement from the house template."""
