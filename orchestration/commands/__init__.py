"""The `netstats` command: one module a command, and what they share.

Belongs here: what a person at a terminal asks for and sees. Does not belong here: how anything is made (assets), or
when (orchestration.automation).
"""
