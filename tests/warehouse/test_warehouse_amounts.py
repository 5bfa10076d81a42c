"""Amounts that can't be: more than the packets hold, than 64 bits hold, or than the interface carries.

All of it lies before the tracking began, so that nothing of it is in any mart: what is plausible is outside the window.
"""

from typing import Any

import pytest
from test_warehouse_sides import Apart
from warehouse_cases import BOTH, FASTEST_TOLD, SLOW, A
from world import EXTERNAL, INTERNAL, record

NOON = "12:00:00"
TEN_GIGABIT = 3
WITHOUT_A_ROW = 99
OUT = 1


def carried(day: str, octets: int, **columns: Any) -> dict[str, Any]:
    """Bytes that came in from 12:00 on, by default for a minute and through an interface of 10 Gbit/s."""
    return record(f"{day} {NOON}", "20.28.0.1", bytes=octets, **{"exporter": A, "in_if": TEN_GIGABIT, **columns})


RECORDS = [
    # A packet holds 65,535 bytes at most.
    carried("2025-09-12", 655_350, packets=10),
    carried("2025-09-12", 655_351, packets=10),
    # A sampled frame is longer than its IP packet, which is what counts.
    carried("2025-09-13", 65_549, layer3_bytes=65_535, packets=1),
    # An exporter that tells bytes alone says nothing of packets.
    carried("2025-09-13", 70_000, packets=0),
    carried("2025-09-13", 70_000, packets=None),
    # 2^61 bytes are 2^64 bits, one more than 64 bits hold, where the interface is told to carry any.
    carried("2025-09-14", 2**61 - 1, in_if=FASTEST_TOLD),
    carried("2025-09-14", 2**61, in_if=FASTEST_TOLD),
    carried("2025-09-15", 2**51, in_if=FASTEST_TOLD, sampling_interval=1024.0),
    carried("2025-09-15", 2**51 - 1, in_if=FASTEST_TOLD, sampling_interval=1024.0),
    carried("2025-09-15", 2**52, in_if=FASTEST_TOLD, sampling_interval=1024.0, is_scaled=True),
    carried("2025-09-15", 2**53, in_if=FASTEST_TOLD, sampling_interval=None),
    # In 300 s at twice 10 Gbit/s 750 GB pass, in 600 s twice as much; a minute counts as a bin of 300 s.
    carried("2025-09-16", 750_000_000_000),
    carried("2025-09-16", 750_000_000_001),
    carried("2025-09-17", 1_500_000_000_000, seconds=600),
    carried("2025-09-17", 1_500_000_000_001, seconds=600),
    # A record without length may hold what came in an active timeout of 1,800 s.
    carried("2025-09-18", 4_500_000_000_000, seconds=0, exporter=SLOW),
    carried("2025-09-18", 4_500_000_000_001, seconds=0, exporter=SLOW),
    # What goes out does so through the output interface, all else came through the input interface.
    carried("2025-09-19", 750_000_000_001, way="egress", in_if=INTERNAL, out_if=TEN_GIGABIT),
    carried("2025-09-19", 750_000_000_002, way="egress", in_if=EXTERNAL, out_if=TEN_GIGABIT),
    carried("2025-09-19", 750_000_000_003, in_if=EXTERNAL),
    # Without a speed, or a row, an interface carries 1.6 Tbit/s: at twice that 120 TB pass in 300 s.
    carried("2025-08-20", 120_000_000_000_000, in_if=EXTERNAL),
    carried("2025-08-20", 120_000_000_000_001, in_if=EXTERNAL),
    carried("2025-08-20", 120_000_000_000_002, in_if=WITHOUT_A_ROW),
    # After implausible times, before one of two and transit.
    carried("2025-09-20", 655_351, packets=10, seconds=-1),
    carried("2025-09-20", 655_352, packets=10, exporter=BOTH, metering_direction=OUT),
    carried("2025-09-20", 655_353, packets=10, out_if=EXTERNAL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "amounts"),
    [
        (
            "2025-08-20",
            {"outside_window": (1, 120 * 10**12), "implausible_amount": (2, 2 * 120 * 10**12 + 3)},
        ),
        ("2025-09-12", {"outside_window": (1, 655_350), "implausible_amount": (1, 655_351)}),
        ("2025-09-13", {"outside_window": (3, 65_549 + 2 * 70_000)}),
        ("2025-09-14", {"outside_window": (1, 2**61 - 1), "implausible_amount": (1, 2**61)}),
        ("2025-09-15", {"outside_window": (3, 2**51 - 1 + 2**52 + 2**53), "implausible_amount": (1, 2**51)}),
        ("2025-09-16", {"outside_window": (1, 750_000_000_000), "implausible_amount": (1, 750_000_000_001)}),
        ("2025-09-17", {"outside_window": (1, 1_500_000_000_000), "implausible_amount": (1, 1_500_000_000_001)}),
        ("2025-09-18", {"outside_window": (1, 4_500_000_000_000), "implausible_amount": (1, 4_500_000_000_001)}),
        (
            "2025-09-19",
            {"implausible_amount": (1, 750_000_000_001), "outside_window": (1, 750_000_000_003),
             "transit": (1, 750_000_000_002)},
        ),
        ("2025-09-20", {"implausible_time": (1, 655_351), "implausible_amount": (2, 655_352 + 655_353)}),
    ],
)  # fmt: skip
def test_an_amount_that_can_not_be_is_set_apart(apart: Apart, day: str, amounts: dict[str, tuple[int, int]]) -> None:
    assert apart(day) == amounts
