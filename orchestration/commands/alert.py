"""`netstats alert`: tell the alert targets what waits, or send each a test.

Belongs here: the command and what it prints. Does not belong here: what is told (orchestration.alerts).
"""

from datetime import UTC, datetime

import click

from assets.operator import Operator, OperatorError, load_operator
from orchestration import resources
from orchestration.alerts import telling
from orchestration.commands.terminal import Lines, telling_errors


def run(*, is_test: bool) -> None:
    """Send what is due, or a test to each target; Lines, and status 1, if a target was not reached."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        operator = load_operator(workspace.operator_folder)
    if not operator.settings.alert_targets:
        raise Lines(
            "operator.yaml names no alert_targets; write `- {name: pager, secret_environment: PAGER}` below that key, "
            "and the target's address into the environment"
        )
    # It imports Dagster, which a test has no need of.
    if not is_test:
        from orchestration.alerts.watching import look

        if faults := look(workspace):
            raise Lines("\n".join(faults))
        return
    if faults := _test(operator):
        raise Lines("\n".join(faults))


def _test(operator: Operator) -> list[str]:
    faults = []
    for target in operator.settings.alert_targets:
        fault = telling.test(operator, target, resources.secret, datetime.now(UTC))
        if fault is None:
            click.echo(f"alert target {target.name}: took a test message")
        else:
            faults.append(f"alert target {target.name}: {fault}")
    return faults
