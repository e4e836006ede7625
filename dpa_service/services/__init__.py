"""The use cases: a function each, one transaction each, with its audit line and outbox message."""
