"""Who is told when something is wrong, without a person looking: the `alert_targets` of operator.yaml.

Belongs here: what is news, what was told already, and handing it to targets. Does not belong here: noticing it in runs
and sensors (orchestration.automation, orchestration.commands), or what a person asks for (`netstats status`).

Messages are made of names of this project alone (jobs, steps, checks, their remedies, days, counts): what a run or a
check says of its findings may name routers and addresses, and stays in the state.
"""
