"""Credit notes, by line or by minutes."""
