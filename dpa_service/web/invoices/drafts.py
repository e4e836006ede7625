"""Drafts: made for one client or all, their texts edited, seen as they will look, issued or discarded."""
