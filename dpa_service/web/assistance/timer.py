"""The timer that runs while somebody works."""
