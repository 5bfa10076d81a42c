"""Who holds which prefix and AS: pulls of registries, the tables of what they say, and the address plan made of them.

Belongs here: the tables registry/*. Does not belong here: what type a network is (dbt_project).
"""
