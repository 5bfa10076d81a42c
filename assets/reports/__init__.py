"""What a quarter publishes: the comparison of quarters and the chart bundle.

Belongs here: assets that read the marts alone. Does not belong here: making marts (assets.warehouse).
"""
