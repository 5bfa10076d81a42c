"""A new user's first three days: exports in a folder, answers to `netstats init`, and a report that equals the truth.

Two routers (softflowd) export to one collector (nfcapd), which rotates every five minutes. Nothing of the operator
folder is written by hand but by answers; a wrong answer (an own prefix) is mended as `netstats doctor` says. On the way
files are compressed after a day, a router is new on the second day, another changes its sampling, and a file of the
first day comes on the third.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.end_to_end.conftest import House
from tests.end_to_end.routers import Conversation, Router
from tests.formats.collectors import Clock, kept, nfcapd

MONDAY = datetime(2025, 11, 10, tzinfo=UTC)
DAYS = ("2025-11-10", "2025-11-11", "2025-11-12")
NOON, EVENING = 12, 18
# AS396865 announces 23.144.80.0/24 in the bundled table; the others are told.
OWN_AS, OWN_PREFIXES, NOT_OURS = "396865", ("149.137.128.0/20", "2605:72c0::/32"), "8.8.8.0/24"
EDGE, EDGE_LATER = Router("127.0.0.2", version=5, sampling_interval=10), Router("127.0.0.2", 5, sampling_interval=20)
CORE = Router("127.0.0.3", version=9)
OWN_ADDRESS = {EDGE.address: "23.144.80.7", CORE.address: "149.137.128.9"}
BY_TYPE = "select network_type, bits::bigint, unique_ips from marts.network_type_quarterly order by network_type"
BY_DAY = "select export_on::varchar, exporters_present, records_lost from marts.coverage_daily order by export_on"


@dataclass(frozen=True)
class Peer:
    """Addresses of a network of a known type, and what each of them exchanges with us in a visit: packets each way."""

    network_type: str
    addresses: str
    count: int
    packets: int
    packet_bytes: int


PEERS = (
    Peer("hyperscaler", "8.8.8.{}", 12, 20, 1_000),
    Peer("cdn", "1.1.1.{}", 15, 40, 1_400),
    Peer("isp_tier1", "2.160.0.{}", 14, 60, 500),
)
PEER_OF_IPV6 = Peer("hyperscaler", "2001:4860:{}::1", 11, 20, 1_200)


@dataclass(frozen=True)
class Visit:
    """What a router sees within some minutes: the hour of a day, counted from Monday."""

    router: Router
    day: int
    hour: int

    @property
    def begins_at(self) -> datetime:
        return MONDAY + timedelta(days=self.day, hours=self.hour)

    @property
    def peers(self) -> tuple[Peer, ...]:
        return (*PEERS, PEER_OF_IPV6) if self.router is CORE else PEERS

    def conversations(self) -> Iterator[tuple[Peer, str, Conversation]]:
        """Each with its peer and the peer's address; a day's addresses are those of the day before and a new one."""
        for peer in self.peers:
            own = (
                "2605:72c0::1"
                if peer is PEER_OF_IPV6
                else "23.144.80.7"
                if self.router is not CORE
                else "149.137.128.9"
            )
            for number in range(1 + self.day, peer.count + 1 + self.day):
                address = peer.addresses.format(number)
                at = self.begins_at + timedelta(seconds=10 + number)
                yield peer, address, Conversation(address, own, peer.packets, peer.packet_bytes, at)
                yield peer, address, Conversation(own, address, peer.packets, 100, at)


VISITS = (
    Visit(EDGE, 0, NOON),
    Visit(EDGE, 0, EVENING),
    Visit(EDGE_LATER, 1, NOON),
    Visit(CORE, 1, NOON),
    Visit(EDGE_LATER, 2, NOON),
    Visit(CORE, 2, EVENING),
)


def collect(folder: Path, visits: tuple[Visit, ...]) -> None:
    """Let nfcapd hear what routers export of visits that begin together, at the clock of that hour."""
    clock = Clock(folder.parent / "clock")
    clock.set(visits[0].begins_at)
    with nfcapd(folder, ["-t", "300"], clock) as collector:
        clock.set(visits[0].begins_at + timedelta(seconds=240))
        for visit in visits:
            packets = [conversation for _, _, conversation in visit.conversations()]
            collector.hear(visit.router.exports(packets, folder.parent), visit.router.address)


def truth(visits: tuple[Visit, ...]) -> list[tuple[str, int, int]]:
    """Bits and unique peer addresses (IPv6 by /64) by network type, counted from the packets themselves."""
    bits, seen = dict[str, int](), dict[str, set[bytes]]()
    for visit in visits:
        for peer, address, conversation in visit.conversations():
            bits[peer.network_type] = bits.get(peer.network_type, 0) + conversation.bits
            seen.setdefault(peer.network_type, set()).add(ip_address(address).packed[:8])
    return sorted((name, bits[name], len(seen[name])) for name in bits)


@dataclass(frozen=True)
class Newcomer:
    """The new user's network: the collector's folder, the operator folder that `init` writes, and the state."""

    house: House
    flows: Path

    def init(self, *answers: str) -> str:
        ran = self.house.netstats("init", str(self.house.operator), *answers)
        assert ran.status == 0, ran.stderr
        return ran.stdout

    def begin(self, *prefixes: str) -> str:
        """The first `init`, with these own prefixes as answers."""
        own = [part for prefix in prefixes for part in ("--own-prefix", prefix)]
        return self.init(
            "--flows", str(self.flows), "--own-as", OWN_AS, "--region", "Bavaria", "--metro", "Munich", *own
        )

    def doctor(self) -> str:
        ran = self.house.netstats("doctor")
        return ran.stdout + ran.stderr

    def remove_row(self, name: str, begins: str) -> None:
        path = self.house.operator / name
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(row for row in rows if not row.startswith(begins)), encoding="utf-8")

    def build(self, first: str, last: str) -> str:
        ran = self.house.netstats("build", "--from", first, "--to", last)
        assert ran.status == 0, ran.stderr
        return ran.stdout


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    flows = tmp_path / "flows"
    flows.mkdir()
    return Newcomer(House(tmp_path / "operator", tmp_path / "state"), flows)


def test_three_days_from_a_folder_of_exports_to_a_right_report(newcomer: Newcomer, tmp_path: Path) -> None:
    collect(newcomer.flows, VISITS[:1])
    collect(newcomer.flows, VISITS[1:2])
    late = kept(newcomer.flows)[-1].rename(tmp_path / "late")

    newcomer.begin(NOT_OURS, *OWN_PREFIXES)
    (line,) = (line for line in newcomer.doctor().splitlines() if NOT_OURS in line)
    assert f"{NOT_OURS} is announced by AS15169" in line
    assert "remove the prefix" in line
    newcomer.remove_row("own_prefixes.csv", NOT_OURS)
    assert NOT_OURS not in newcomer.doctor()
    newcomer.build(DAYS[0], DAYS[0])
    assert newcomer.house.mart(BY_TYPE) == truth(VISITS[:1])

    for path in kept(newcomer.flows):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    collect(newcomer.flows, VISITS[2:4])
    assert "127.0.0.3" in newcomer.doctor()
    assert "added 127.0.0.3" in newcomer.init("--sampling", "127.0.0.3=1")
    newcomer.build(DAYS[1], DAYS[1])
    assert newcomer.house.mart(BY_TYPE) == truth((VISITS[0], *VISITS[2:4]))

    collect(newcomer.flows, VISITS[4:5])
    collect(newcomer.flows, VISITS[5:])
    late.rename(newcomer.flows / "nfcapd.202511101800")
    told = newcomer.build(DAYS[0], DAYS[2])
    assert newcomer.house.mart(BY_TYPE) == truth(VISITS)
    assert newcomer.house.mart(BY_DAY) == [(DAYS[0], 1, 0), (DAYS[1], 2, 0), (DAYS[2], 2, 0)]
    page = newcomer.house.state / "reports" / "2025Q4" / "index.html"
    assert str(page) in told
    assert page.exists()
