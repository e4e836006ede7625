"""Estimates before the work, and what the client said about them."""
