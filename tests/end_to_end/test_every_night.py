"""The UI's daemon on a machine that nobody watches: a night's tick makes the days that are missing, a run that failed
is tried again once its wait is over, the marts follow and are published, and nothing outlives the UI."""

import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import ScheduleInstigatorData

from orchestration.retries import ATTEMPT, FIRST, LAST, WAITS
from tests.end_to_end.conftest import NETSTATS, House
from tests.formats.encoder import pcap, v5, v5_record

NEVER_S, BETWEEN_LOOKS_S = 420.0, 0.5
ONE_DAY, ADDRESSES = timedelta(days=1), 200
NIGHT = time(2, tzinfo=UTC)


def newest_night() -> datetime:
    """When the schedule should have ticked last."""
    today = datetime.combine(datetime.now(UTC).date(), NIGHT)
    return today if today <= datetime.now(UTC) else today - ONE_DAY


@dataclass(frozen=True)
class Serving:
    """A UI with its daemon."""

    process: "subprocess.Popen[bytes]"
    house: House
    log: Path

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Until it is so; AssertionError with what was said if the UI ends before, or it is never so."""
        for _ in range(int(NEVER_S / BETWEEN_LOOKS_S)):
            with pytest.raises(subprocess.TimeoutExpired):  # It would end by itself only for a fault.
                self.process.wait(timeout=BETWEEN_LOOKS_S)
            if condition():
                return
        raise AssertionError(self.log.read_text(encoding="utf-8")[-8000:])

    def end(self) -> None:
        """End it as systemd does; nothing that was started for the state is left."""
        assert len(processes_of(self.house)) > 3
        self.process.send_signal(signal.SIGTERM)
        assert (self.process.wait(timeout=90), processes_of(self.house)) == (0, [])


@contextmanager
def serving(house: House) -> Iterator[Serving]:
    """`netstats ui`, ended if the test does not end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log, command = house.states.with_name("ui.log"), [NETSTATS, "ui", "--port", str(port)]
    with log.open("wb") as said, subprocess.Popen(command, env=house.environment, stdout=said, stderr=said) as process:
        try:
            yield Serving(process, house, log)
        finally:
            process.terminate()
            process.wait(timeout=90)


def test_a_night_that_failed_is_made_up_published_and_leaves_nothing_running(real_exports: House) -> None:
    """The machine was off at night, and when it is on again a file of the operator is not valid. Checks that warn (here
    of routers that are silent) keep no marts back."""
    last = newest_night().date() - ONE_DAY
    days = (str(last - ONE_DAY), str(last))
    export_days_of(real_exports, last - ONE_DAY, last)
    exporters = real_exports.operator / "exporters.csv"
    rows = exporters.read_bytes()
    exporters.write_bytes(rows.replace(b"LAX1", b"nowhere"))
    with serving(real_exports) as ui:
        ui.wait_for(lambda: knows_the_night(real_exports))
        ui.end()
    let_the_night_be_missed(real_exports)

    with serving(real_exports) as ui:
        ui.wait_for(lambda: ("FAILURE", "", *days) in ended(real_exports))
        assert not real_exports.published.exists()
        exporters.write_bytes(rows)
        let_the_wait_be_over(real_exports)
        ui.wait_for(lambda: ("SUCCESS", "1", *days) in ended(real_exports))
        ui.wait_for(real_exports.published.exists)
        assert [row[0] for row in real_exports.mart("select export_on::varchar from marts.coverage_daily")] == [*days]
        ui.end()


def export_days_of(house: House, *days: date) -> None:
    """A datagram of a router at noon of each of the days since tracking began, with a flow of each of 200 addresses."""
    settings = house.operator / "operator.yaml"
    text = settings.read_text(encoding="utf-8").replace("simulated: true", "simulated: false")
    settings.write_text(text.replace("2025-11-10", str(days[0])), encoding="utf-8")
    for number, day in enumerate(days):
        noon = int(datetime.combine(day, time(12, tzinfo=UTC)).timestamp())
        sent = [
            v5(v5_record(src=f"1.1.1.{one}", dst="192.0.2.1"), sequence=number * ADDRESSES + one, seconds=noon)
            for one in range(ADDRESSES)
        ]
        folder = house.operator / "exports" / str(day)
        folder.mkdir(parents=True)
        (folder / "edge-1.pcap").write_bytes(pcap(*sent, sender="127.0.0.2"))


@contextmanager
def instance_of(house: House) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(house.state / "dagster")) as instance:
        yield instance


def knows_the_night(house: House) -> bool:
    """Whether the daemon has taken up the schedule."""
    if not (house.state / "dagster" / "schedules" / "schedules.db").exists():
        return False
    with instance_of(house) as instance:
        return any(state.name == "every_night" for state in instance.all_instigator_state())


def let_the_night_be_missed(house: House) -> None:
    """The schedule has been on since before it should have ticked last."""
    with instance_of(house) as instance:
        [state] = [state for state in instance.all_instigator_state() if state.name == "every_night"]
        told = state.instigator_data
        assert isinstance(told, ScheduleInstigatorData)
        since = (newest_night() - timedelta(hours=1)).timestamp()
        instance.update_instigator_state(state.with_data(ScheduleInstigatorData(told.cron_schedule, since)))


def let_the_wait_be_over(house: House) -> None:
    """The run that failed did so as long ago as the first wait is."""
    with closing(sqlite3.connect(house.state / "dagster" / "history" / "runs.db")) as database, database:
        database.execute("update runs set end_time = end_time - ?", [WAITS[0].total_seconds()])


def ended(house: House) -> list[tuple[str, ...]]:
    """Status, attempt and days of the runs of the daily job that have ended."""
    with instance_of(house) as instance:
        return [
            (run.status.value, *(run.tags.get(name, "") for name in (ATTEMPT, FIRST, LAST)))
            for run in instance.get_runs()
            if run.job_name == "daily" and run.is_finished
        ]


def processes_of(house: House) -> list[str]:
    """All processes that were started for a state, told by their environment, but this one's."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            is_ours = f"NETSTATS_STATE={house.states}".encode() in environ.read_bytes().split(b"\0")
        except OSError:
            continue
        if is_ours and environ.parent.name != str(os.getpid()):
            found.append(environ.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found
