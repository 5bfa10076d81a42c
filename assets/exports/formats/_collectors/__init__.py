"""Files that other collectors wrote, a row a flow: lines, separated values, JSON and tables.

Belongs here: what these files have in common. Does not belong here: the columns of one collector (one module each).
"""
