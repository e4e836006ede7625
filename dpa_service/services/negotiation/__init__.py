"""Deviations, their approval, redlines and what comes back from the other side."""
