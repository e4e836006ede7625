"""Agreements and the clients they are made with: from request to signed document."""
