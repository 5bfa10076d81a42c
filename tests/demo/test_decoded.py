"""The platform's decoders read from each router's files, one day after another, what the routers observed."""

from collections import defaultdict
from fractions import Fraction

import pyarrow as pa
import pytest

from assets.exports import formats
from demo import truth
from tests.demo.conftest import DAYS, Reduced
from tests.demo.test_truth import EXPORTERS, EXTERNAL

Amounts = dict[str, list[float]]


def decoded(reduced: Reduced, router: str) -> tuple[pa.Table, formats.DecoderState]:
    """The flow records of a router's files, with what was known of it on the day before, and the state behind them."""
    state = formats.DecoderState()
    found = next(one for one in reduced.scenario.routers if one.name == router)
    batches = [
        batch
        for path in reduced.files(found)
        for batch in formats.decode_files([formats.ExportFile(path=path, name=path.name)], state)
    ]
    assert [outcome.problems for outcome in state.outcomes] == [[]] * len(reduced.files(found))
    return pa.Table.from_batches(batches), state


def side(router: str, in_if: int, out_if: int) -> str:
    came, went = ((EXPORTERS[router], one) in EXTERNAL for one in (in_if, out_if))
    return {(True, False): "ingress", (False, True): "egress"}.get((came, went), "elsewhere")


def read(reduced: Reduced, router: str) -> Amounts:
    """Bits, packets and records by direction, of the length of IP packets where it is told."""
    amounts: Amounts = defaultdict(lambda: [0, 0, 0])
    wanted = ["in_if", "out_if", "bytes", "layer3_bytes", "packets", "sampling_interval"]
    for row in decoded(reduced, router)[0].select(wanted).to_pylist():
        counted = amounts[side(router, row["in_if"], row["out_if"])]
        packet_bytes = row["bytes"] if row["layer3_bytes"] is None else row["layer3_bytes"]
        counted[0] += packet_bytes * 8 * Fraction(row["sampling_interval"])
        counted[1] += row["packets"]
        counted[2] += 1
    del amounts["elsewhere"]
    return dict(amounts)


def observed(reduced: Reduced, router: str) -> Amounts:
    amounts: Amounts = defaultdict(lambda: [0, 0, 0])
    for row in truth.observed(reduced.operator).to_pylist():
        if row["router"] == router:
            for place, name in enumerate(("bits", "packets", "records")):
                amounts[row["direction"]][place] += row[name]
    return dict(amounts)


@pytest.mark.parametrize("router", sorted(EXPORTERS))
def test_decoders_read_what_the_routers_observed(reduced: Reduced, router: str) -> None:
    assert read(reduced, router) == observed(reduced, router)


def test_records_are_lost_where_datagrams_were_and_nowhere_else(reduced: Reduced) -> None:
    """Not by an outage, a restart, a changed sampling or the end of a file."""
    lost = {
        router: sum(decoded(reduced, router)[1].health_table(DAYS[0])["records_lost"].to_pylist())
        for router in sorted(EXPORTERS)
    }
    lossy = {one["router"] for one in reduced.scenario.written["lost_datagrams"]}
    assert {router for router, count in lost.items() if count} == lossy
