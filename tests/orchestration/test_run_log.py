"""The log of runs and commands: a line says what failed and what to do, without address or secret; it is bounded."""

import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration import run_log, runs
from orchestration.run_log import line, log_path, noting, without_secrets, write

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
REMEDY = "let 192.0.2.77 send to https://user:hunter2@flows.example.net/x; then build again"


@dg.asset
def broken() -> None:
    raise ValueError(f"interface 7 of 2001:db8::1 is not known: {REMEDY}")


@dg.asset_check(asset="sound", name="none_lost")
def none_lost() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False, severity=dg.AssetCheckSeverity.WARN, description="2 rows are lost; give a larger buffer"
    )


@dg.asset
def sound(context: dg.AssetExecutionContext) -> None:
    context.log.warning("198.51.100.1.pcap was set aside; deliver it whole")


LOADED = dg.Definitions(
    [broken, sound],
    asset_checks=[none_lost],
    jobs=[dg.define_asset_job("daily", [broken]), dg.define_asset_job("marts", [sound])],
)


def lines(state: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in log_path(state).read_text(encoding="utf-8").splitlines()]


@pytest.mark.usefixtures("dagster_home")
def test_a_run_that_fails_leaves_lines_with_its_days_step_and_remedy_and_without_addresses(tmp_path: Path) -> None:
    runs.execute(LOADED, "daily", runs.partition_range("2026-01-03", "2026-01-04"))
    began, failed, ended = lines(tmp_path)
    assert [one["message"] for one in (began, ended)] == ["the run began", "the run failed"]
    assert {name: failed[name] for name in ("level", "job", "partition", "step", "message")} == {
        "level": "error",
        "job": "daily",
        "partition": "2026-01-03/2026-01-04",
        "step": "broken",
        "message": "failed: ValueError: interface 7 of [address] is not known: let [address] send to "
        "https://[secret]@flows.example.net/x; then build again",
    }
    assert began["run"] == failed["run"] == ended["run"]
    assert datetime.fromisoformat(began["time"]) <= datetime.fromisoformat(ended["time"])


@pytest.mark.usefixtures("dagster_home")
def test_what_steps_warn_of_and_checks_that_do_not_hold_are_lines(tmp_path: Path) -> None:
    runs.execute(LOADED, "marts", {"dagster/partition": "2026-01-01"})
    told = [(one["level"], one["message"], one.get("asset")) for one in lines(tmp_path) if one["level"] == "warning"]
    assert told == [
        ("warning", "[address].pcap was set aside; deliver it whole", None),
        ("warning", "check none_lost: 2 rows are lost; give a larger buffer", "sound"),
    ]
    assert all(one["partition"] == "2026-01-01" for one in lines(tmp_path))
    assert lines(tmp_path)[-1]["message"] == "the run succeeded"


@pytest.mark.usefixtures("dagster_home")
def test_a_log_that_can_t_be_written_fails_no_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "logs").write_text("in the way", encoding="utf-8")
    assert runs.execute(LOADED, "marts", {"dagster/partition": "2026-01-01"}).is_success
    assert "netstats.jsonl can't be written (" in caplog.text


def test_a_command_is_told_with_how_it_ended(tmp_path: Path) -> None:
    with noting(tmp_path, "netstats build"):
        pass
    with pytest.raises(ValueError), noting(tmp_path, "netstats build"):
        raise ValueError("no file came; mend the addresses in flow_sources")
    told = [(one["command"], one["level"], one["message"]) for one in lines(tmp_path)]
    assert told == [
        ("netstats build", "info", "the command began"),
        ("netstats build", "info", "the command ended"),
        ("netstats build", "info", "the command began"),
        ("netstats build", "error", "the command failed: no file came; mend the addresses in flow_sources"),
    ]
    assert log_path(tmp_path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("198.51.100.0/24, 198.51.100.1: gone.", "[address], [address]: gone."),
        ("::ffff:192.0.2.1 and 2001:db8::/32.", "[address] and [address]."),
        ("at 12:30:05 of 2026-01-05, version 1.13.27, AS64500, 5.5%", None),
        ("a: b::c d::", "a: [address] [address]"),
        ("file:///var/flows/x.pcap", None),
    ],
)
def test_addresses_are_hidden_and_nothing_that_looks_like_one(said: str, kept: str | None) -> None:
    assert without_secrets(said, {}) == (kept or said)


def test_secrets_of_the_environment_are_hidden() -> None:
    environment = {"NOC_PASSWORD": "hunter2x", "HOME": "/root/x", "AWS_SECRET_ACCESS_KEY": "abc/def+ghi"}
    said = "hunter2x was refused in /root/x, and abc/def+ghi too"
    assert without_secrets(said, environment) == "[secret] was refused in /root/x, and [secret] too"


def test_the_log_keeps_so_many_files_of_such_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "LARGEST_BYTES", 1)
    for number in range(7):
        write(tmp_path / "log", [line(NOON, "info", str(number))])
    found = {path.name: json.loads(path.read_text(encoding="utf-8"))["message"] for path in tmp_path.glob("log*")}
    assert found == {"log": "6", "log.1": "5", "log.2": "4", "log.3": "3", "log.4": "2"}


def _write_many(path: Path, number: int) -> None:
    for _ in range(50):
        write(path, [line(NOON, "info", str(number) * 1000)])


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    spawned = multiprocessing.get_context("fork")
    processes = [spawned.Process(target=_write_many, args=(tmp_path / "log", number)) for number in range(3)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    told = [json.loads(text)["message"] for text in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert sorted(told) == sorted(str(number) * 1000 for number in range(3) for _ in range(50))
