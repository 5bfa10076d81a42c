"""Router flow exports: which files came, what was decoded of them, and what was lost.

Belongs here: the tables exports/*, and how they are made. Does not belong here: who holds an address (assets.registry),
or sums of traffic (assets.warehouse).
"""
