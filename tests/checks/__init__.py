"""Checks of the data: bounds, limits, suites, and what is kept of their findings."""
