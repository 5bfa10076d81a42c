"""Files of other machines count as those of folders do: what is new, changed, gone, still written or out of reach."""

import gzip
import time
from pathlib import Path

import pytest

from assets.exports.sources import LANDED, Landing, landed_of_days, with_landings
from assets.exports.sources._remote import Remote, RemoteError
from assets.operator import FlowSource
from tests.exports.world import DAY, MONDAY, World, flow
from tests.remote.servers import Server

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
TUESDAY = MONDAY + DAY


def nobody(_: str) -> Remote:
    """No machine answers."""
    raise RemoteError("is out of reach")


def landed(world: World) -> dict[str, int]:
    """Each file that was brought, with its inode."""
    folder = world.workspace.state / "landed"
    return {path.name: path.stat().st_ino for path in folder.glob("*/files/**/*") if path.is_file()}


def test_a_range_of_days_is_brought_and_counted(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    server.put(f"flows/{MONDAY}/deeper/b.json.gz", gzip.compress(flow(7)))
    server.put(f"flows/{TUESDAY}/a.json", flow(3))
    server.put("flows/other/a.json", flow(1_000))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull(MONDAY, TUESDAY)
    assert world.counted() == {"2026-01-05": [7, 100], "2026-01-06": [3]}
    assert [row["source"] for row in world.rows()] == [f"{server.address}/flows/{{date}}"] * 2


def test_a_run_before_which_all_was_brought_asks_nobody_again(world: World, server: Server) -> None:
    server.put("flows/2026-01-05/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull(is_landed=True)
    assert (world.counted(), landed(world)) == ({}, {})


def test_what_is_here_is_not_brought_again(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    before = landed(world)
    assert world.pull()["warnings"] == "none"
    assert landed(world) == before == {"a.json": before["a.json"]}


def test_what_was_brought_and_what_is_kept_are_the_same_bytes_on_the_disk(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    kept = {path.stat().st_ino for path in world.workspace.lake.root.rglob("a.json")}
    assert kept == set(landed(world).values())


def test_a_file_that_changed_counts_as_it_is_now(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    server.put(f"flows/{MONDAY}/a.json", flow(101), modified_s=1_767_000_100)
    world.pull()
    assert world.counted() == {"2026-01-05": [101]}
    assert sorted(world.states().values()) == ["pulled", "withdrawn"]


def test_a_file_that_is_gone_leaves_the_day(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    server.put(f"flows/{MONDAY}/b.json", flow(7))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    server.remove(f"flows/{MONDAY}/b.json")
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert set(landed(world)) == {"a.json"}


def test_names_with_wildcards_and_of_exporters_are_found(world: World, server: Server) -> None:
    server.put("r/edge-1/nfcapd.20260105-1.json", flow(100))
    server.put("r/192.0.2.2/nfcapd.20260105-2.json", flow(7))
    server.put("r/edge-1/nfcapd.20260106-1.json", flow(3))
    server.put("r/nobody/nfcapd.20260105-1.json", flow(1_000))
    world.sources(f"{server.address}/r/{{exporter}}/nfcapd.{{date:%Y%m%d}}*")
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    assert {row["exporter_hint"] for row in world.rows()} == {"192.0.2.1", "192.0.2.2"}


@pytest.mark.parametrize("server", ["sftp", "http"], indirect=True)
def test_a_file_that_may_still_be_written_is_left_for_later(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    server.put(f"flows/{MONDAY}/b.json", flow(7), modified_s=time.time())
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert [row["reason"] for row in world.rows() if row["state"] == "unstable"] == ["is still written to"]
    server.put(f"flows/{MONDAY}/b.json", flow(7), modified_s=time.time() - 301)
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}


def test_what_came_before_counts_while_the_machine_is_out_of_reach(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    monkeypatch.setattr(Landing, "of", lambda operator: Landing(operator.flow_sources, lambda _: [], open=nobody))
    told = world.pull()["warnings"]
    assert "2026-01-05: is out of reach; what came of it before still counts" in told
    assert world.counted() == {"2026-01-05": [100]}
    assert [(row["state"], row["reason"]) for row in world.rows() if row["state"] != "pulled"] == [
        ("unreadable", "is out of reach")
    ]


def test_no_credential_is_kept_anywhere(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    for path in world.root.rglob("*"):
        assert not path.is_file() or b"a-secret-that-is-nowhere" not in path.read_bytes(), path


def test_what_landed_is_for_its_owner_alone(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull()
    files = list(Path(world.workspace.state / "landed").rglob("a.json"))
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]


def test_the_newest_day_alone_is_brought_to_be_looked_at(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    server.put(f"flows/{TUESDAY}/b.json", flow(7))
    state = world.workspace.state
    sources = with_landings([FlowSource(f"{server.address}/flows/{{date}}")], state)
    assert Landing(sources, lambda _: []).land_newest(TUESDAY + 3 * DAY) == []
    assert set(landed(world)) == {"b.json"}


def test_what_landed_of_a_retired_day_is_to_go_too(world: World, server: Server) -> None:
    server.put(f"flows/{MONDAY}/a.json", flow(100))
    server.put(f"flows/{MONDAY}/b.txt", b"no export")
    server.put(f"flows/{TUESDAY}/a.json", flow(7))
    world.sources(f"{server.address}/flows/{{date}}")
    world.pull(MONDAY, TUESDAY)
    going = landed_of_days(world.workspace.state / LANDED, {MONDAY}, set())
    assert sorted(path.name for path in going) == ["a.json", "b.txt"]


def test_of_an_address_without_a_date_what_is_kept_of_a_retired_day_is_to_go(world: World, server: Server) -> None:
    server.put("flows/a.json", flow(100))
    server.put("flows/b.json", flow(7))
    world.sources(f"{server.address}/flows")
    world.pull()
    copies = set(world.workspace.lake.root.rglob("a.json"))
    going = landed_of_days(world.workspace.state / LANDED, {MONDAY}, copies)
    assert [path.name for path in going] == ["a.json"]
