"""Core, marts and what is kept of addresses: the dbt project as assets, and the published copy.

Belongs here: what dbt builds, and what is current. Does not belong here: SQL (dbt_project), pages (assets.reports).
"""
