"""How a state stands, for `netstats status`: a part each of what is read, and of the forms in which it is told.

Belongs here: reading what runs left, without Dagster, whose import takes seconds that a timer should not pay. Does not
belong here: looking at the sources or mending (`netstats doctor`).
"""
