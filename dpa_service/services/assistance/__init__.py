"""Requests for assistance and the minutes spent on them."""
