"""Files that can't be opened, messages behind messages, poisonous lines, and what collectors say that they lost."""

import errno
import json
import struct
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.exports.formats import DecoderState, FileOutcome, NotAnExport, decode_files, reason_not_an_export
from assets.exports.formats._collectors.blocks import LARGEST_LINE_BYTES
from assets.exports.formats._losses import LOSSES
from assets.exports.formats._state import tell_counts
from orchestration.commands.decode import decode_command
from tests.formats import nfcapd_encoder as nfcapd
from tests.formats import test_goflow2, test_vpc_flow_logs
from tests.formats.collector_files import read as read_collector
from tests.formats.encoder import flow_set, pcap, v5, v5_record
from tests.formats.ipfix_encoder import ipfix, template
from tests.formats.losing import read, sources_and_outcome

ENDS = [(8, 4), (12, 4), (1, 4)]
MESSAGES = [
    ipfix(template(256, ENDS), flow_set(256, bytes([198, 51, 100, 7, 203, 0, 113, 9, 0, 0, 5, 220]))),
    ipfix(flow_set(256, bytes([198, 51, 100, 8, 203, 0, 113, 9, 0, 0, 5, 220])), sequence=1),
]
BOTH = ["198.51.100.7", "198.51.100.8"]
LINE = test_goflow2.line()


def test_a_file_that_can_t_be_opened_is_told_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    good = tmp_path / "good"
    good.write_bytes(pcap(v5(v5_record())))
    state = DecoderState()
    assert sum(batch.num_rows for batch in decode_files([tmp_path / "folder", tmp_path / "gone", good], state)) == 1
    told = [(one.losses, one.is_complete) for one in state.outcomes]
    assert told == [({"unreadable_file": 1}, False), ({"unreadable_file": 1}, False), ({}, True)]
    assert state.outcomes[0].problems == [
        "folder: can't be read (Is a directory); give the user that runs netstats leave to read it"
    ]


def test_a_disk_that_fails_behind_the_beginning_of_a_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "exports"
    path.write_bytes(pcap(v5(v5_record())))
    usual = Path.open

    def failing(self: Path, *how: Any) -> IO[bytes]:
        class Failing:
            def __init__(self, stream: IO[bytes]) -> None:
                self.stream, self.seek, self.close = stream, stream.seek, stream.close

            def read(self, size: int) -> bytes:
                if self.stream.tell() >= 100:
                    raise OSError(errno.EIO, "Input/output error")
                return self.stream.read(min(size, 100))

            def __enter__(self) -> "Failing":
                return self

            def __exit__(self, *raised: object) -> None:
                self.close()

        return Failing(usual(self, *how))  # type: ignore[return-value]

    monkeypatch.setattr(Path, "open", failing)
    assert read(path)[1].losses == {"unreadable_file": 1}


def test_the_command_refuses_what_it_can_t_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "exports").write_bytes(pcap())

    def denied(self: Path, *how: Any) -> IO[bytes]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert decode_command([tmp_path / "exports"], None, "ndjson", None) == 2
    assert "can't be read (Permission denied)" in capsys.readouterr().err
    assert "can't be read (Permission denied)" in (reason_not_an_export(tmp_path / "exports") or "")


@pytest.mark.parametrize("behind", [b"x", b"other bytes", bytes(40)])
def test_bytes_behind_the_last_message_are_told(tmp_path: Path, behind: bytes) -> None:
    found, outcome = sources_and_outcome(tmp_path, b"".join(MESSAGES) + behind, "flows.ipfix")
    assert (found, outcome.losses, outcome.is_complete) == (BOTH, {"trailing_bytes": 1}, True)


@pytest.mark.parametrize("missing", [1, 20, len(MESSAGES[1]) - 4])
def test_a_message_cut_short_is_told(tmp_path: Path, missing: int) -> None:
    found, outcome = sources_and_outcome(tmp_path, b"".join(MESSAGES)[:-missing], "flows.ipfix")
    assert found == BOTH[:1]
    assert (outcome.losses, outcome.is_complete) == ({"cut_file": 1, "malformed": 1}, False)


def test_messages_that_are_whole_lost_nothing(tmp_path: Path) -> None:
    found, outcome = sources_and_outcome(tmp_path, b"".join(MESSAGES), "flows.ipfix")
    assert (found, outcome.losses) == (BOTH, {})


POISON = {
    "nested lists": '{"src_addr":' + "[" * 100_000 + "]" * 100_000 + "}",
    "nested objects": '{"src_addr":' * 100_000 + "1" + "}" * 100_000,
    "half a surrogate pair": LINE.strip().replace('"198.51.100.7"', '"\\ud800"') + "\n{",
    "a number of 5,000 digits": '{"bytes":' + "9" * 5000 + "}",
    "a line of 3 MB": "x" * 3_000_000,
    "a line longer than any": "x" * (2 * LARGEST_LINE_BYTES),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=list(POISON))
def test_a_poisonous_line_costs_itself_only(tmp_path: Path, poison: str) -> None:
    flows, outcome = read_collector(tmp_path, f"{LINE}{poison}\n{LINE}")
    assert [flows[0], flows[-1]] == [test_goflow2.READ] * 2
    assert (outcome.losses["malformed"] >= 1, outcome.is_complete) == (True, True)


@pytest.mark.parametrize("poison", ["x" * 3_000_000, "x " * 2_000_000, "\0" * 20, '"' * 3], ids=range(4))
def test_a_poisonous_row_costs_itself_only(tmp_path: Path, poison: str) -> None:
    row = test_vpc_flow_logs.ROW
    flows, outcome = read_collector(tmp_path, f"{test_vpc_flow_logs.HEADER}{row}{poison}\n{row}")
    assert [flow["bytes"] for flow in flows] == [test_vpc_flow_logs.READ["bytes"]] * 2
    assert outcome.losses == {"malformed": 1}


def test_a_file_of_one_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="give it one flow a line"):
        read_collector(tmp_path, LINE.strip() + "," * (LARGEST_LINE_BYTES + 1))


def test_windows_that_aws_skipped_are_lost(tmp_path: Path) -> None:
    skipped = test_vpc_flow_logs.NODATA.replace("NODATA", "SKIPDATA")
    content = test_vpc_flow_logs.HEADER + test_vpc_flow_logs.ROW + skipped * 2 + test_vpc_flow_logs.NODATA
    _, outcome = read_collector(tmp_path, content)
    assert (outcome.losses, outcome.is_complete) == ({"skipped_by_exporter": 2}, True)


def test_a_damaged_row_group_of_parquet_costs_itself_only(tmp_path: Path) -> None:
    names = ["srcaddr", "dstaddr", "bytes", "start", "end"]
    table = pa.table([["198.51.100.7"], ["203.0.113.9"], [1500], [1754395190], [1754395200]], names=names)
    path = tmp_path / "flows.parquet"
    with pq.ParquetWriter(path, table.schema, compression="zstd", use_dictionary=False) as writer:
        for _ in range(3):
            writer.write_table(table)
    at = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[at : at + 60] = b"\xff" * 60
    flows, outcome = read_collector(tmp_path, bytes(content))
    assert (len(flows), outcome.losses, outcome.is_complete) == (2, {"damaged_block": 1}, False)


FLOWS = nfcapd.block(nfcapd.flow(nfcapd.generic(), nfcapd.ipv4()))


@pytest.mark.parametrize(
    ("content", "losses"),
    [
        (nfcapd.nfcapd_file(FLOWS), {}),
        (nfcapd.nfcapd_file(FLOWS, told_blocks=2)[:-1], {"cut_file": 1}),
        (nfcapd.nfcapd_file(FLOWS, FLOWS)[: 40 + 2 * len(FLOWS) - 4], {"cut_file": 1}),
        (nfcapd.nfcapd_file(FLOWS, b"\0\0\0\0\xff\xff\xff\xff\3\0\0\0"), {"impossible_length": 1}),
        (nfcapd.nfcapd_file(struct.pack("<IIHH", 1, 8, 3, 0) + b"not zstd", compression=4), {"damaged_block": 1}),
        (nfcapd.nfcapd_file(FLOWS, nfcapd.block(kind=9)), {"undecoded_sets": 1}),
    ],
    ids=["whole", "blocks are missing", "cut in a block", "impossible", "compression", "unknown type"],
)
def test_nfcapd_tells_losses_by_reason(tmp_path: Path, content: bytes, losses: dict[str, int]) -> None:
    _, outcome = sources_and_outcome(tmp_path, content)
    assert outcome.losses == losses


def test_gaps_that_nfcapd_saw_are_losses(tmp_path: Path) -> None:
    statistics = nfcapd.record(8, b"\1\0\0\0" + b"\1\0\0\0" + b"\5\0\0\0" + bytes(16))
    _, outcome = sources_and_outcome(tmp_path, nfcapd.nfcapd_file(nfcapd.block(nfcapd.exporter(), statistics)))
    assert (outcome.losses, outcome.is_complete) == ({"sequence_failures": 5}, True)


def test_a_file_that_is_refused_is_a_loss_too(tmp_path: Path) -> None:
    (tmp_path / "flows.json").write_text(json.dumps({"nothing": "of a flow"}))
    state = DecoderState()
    with pytest.raises(NotAnExport):
        list(decode_files([tmp_path / "flows.json"], state))
    assert state.outcomes[0].losses == {"refused_file": 1}


def test_counts_become_losses_once(tmp_path: Path) -> None:
    outcome = FileOutcome("exports", malformed=3, undecoded_sets=2, refused_templates=1)
    outcome.lose_malformed("damaged_block", "block 1 is damaged")
    tell_counts(outcome)
    told = {"damaged_block": 1, "malformed": 3, "undecoded_sets": 2, "refused_templates": 1}
    assert (outcome.malformed, outcome.losses) == (4, told)
    assert told.keys() <= LOSSES.keys()
