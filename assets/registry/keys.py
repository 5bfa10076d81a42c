"""The keys of what is made of the registries.

Belongs here: names alone, so that commands which only read these tables start at once. Does not belong here: making
them (registry_tables).
"""

ADDRESS_RANGES = ("registry", "address_ranges")
NETWORKS = ("registry", "networks")
NETWORK_EVIDENCE = ("registry", "network_evidence")
