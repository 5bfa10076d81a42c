"""Editions: what was published of a quarter, kept as it was, and what a later one restates.

Belongs here: keeping editions, and what may be told of them beside the marts of today. Does not belong here: when an
edition is made (assets.reports.editions), how it is shown (assets.reports.charts).
"""
