"""Two texts side by side: redlines, returned files, signed files."""
