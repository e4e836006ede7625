"""The clause library: reading, searching, changing, releasing."""
