"""What a quarter publishes: the comparison of quarters, the chart bundle, the dataset.

Belongs here: assets that read the marts alone. Does not belong here: making marts (assets.warehouse).
"""
