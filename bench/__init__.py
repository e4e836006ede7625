"""Benchmarks: ratios within one run, printed as tables. Nothing here is asserted by the tests."""
