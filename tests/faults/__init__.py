"""Faults put into a good world one at a time, each told by the check meant for it."""
