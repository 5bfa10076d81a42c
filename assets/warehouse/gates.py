"""Gates across runs: what a blocking check found wrong keeps shut whatever comes after it, also in a later run.

Belongs here: refusing. Does not belong here: the checks (checks/), which tell the ledger what they found.
"""

from assets.ground.workspace import Workspace
from assets.warehouse.ledger import shut_gates

ORDER = (
    "operator",
    "registry",
    "exports",
    "seeds",
    "staging",
    "intermediate",
    "core",
    "review",
    "sketches",
    "marts",
    "published",
)
"""The prefixes of assets' keys in the order in which data flows; a gate shuts off what comes after its asset's."""


class GateShutError(Exception):
    """A blocking check failed when it was last run, on what this would be made of."""


def refuse_behind_shut_gates(workspace: Workspace, layer: str) -> None:
    """GateShutError names the checks that failed on layers before this one, what to do, and then what they said."""
    before = ORDER[: ORDER.index(layer)] if layer in ORDER else ORDER
    shut = {name: said for name, (asset, said) in shut_gates(workspace.warehouse).items() if _layer(asset) in before}
    if shut:
        raise GateShutError(
            f"nothing of {layer} is made while a check before it fails: {', '.join(shut)}; mend that, then run "
            f"`netstats build`, which runs the check again. What was said: "
            + "; ".join(f"{name}: {said}" for name, said in shut.items())
        )


def _layer(asset: str) -> str:
    return asset.partition("/")[0]
