"""The clause library, a request, and the agreement that they make: terms, text, coverage, deviations."""
