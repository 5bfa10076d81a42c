"""What every room stands on: the lake, partitions, addresses, progress and the workspace.

Belongs here: what knows nothing of operators, exports, registries or marts. Does not belong here: tables.
"""
