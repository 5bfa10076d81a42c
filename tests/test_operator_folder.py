"""A valid operator folder is read whole; every mistake is told with file, row, column and remedy."""

import ipaddress
import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.operator import (
    FlowSource,
    Operator,
    OperatorError,
    RegistrySource,
    Suppression,
    load_operator,
    operator_tables,
)
from assets.registry.sources import source_names
from orchestration.resources import SettingsError, workspace_from_environment

TYPES = {"cdn", "neocloud"}
FILES = {
    "operator.yaml": """
name: Example Networks
simulated: true
own_asns: [64496]
contact: noc@example.net
tracking_began_on: 2025-08-01
timezone: America/Los_Angeles
flow_sources:
  - address: exports/{date}
registries:
  - name: ip_to_asn
retention_days: {exports: 30, addresses: 20, hashes: 10}
suppression: {minimum_unique_ips: 5, maximum_share_of_one_network: 0.5}
alert_targets:
  - {name: pager, secret_environment: PAGER_ADDRESS}
""",
    "exporters.csv": """\
exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to
192.0.2.1,edge-1,LAX1,1000,origin,ingress,60,,2025-12-31
192.0.2.1,edge-1,LAX1,2000,origin,ingress,60,2026-01-01,
2001:db8::1,edge-2,,,ignore,both,300,,
""",
    "interfaces.csv": """exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to
192.0.2.1,et-0/0/1,501,external,transit,AS3356,400000000000,,
192.0.2.1,ae1,502,,,,,,
""",
    "sites.csv": "site,metro,region\nLAX1,Los Angeles,us-west\n",
    "regions.csv": "region,label,position\nus-west,US-West,1\n",
    "own_prefixes.csv": "prefix,label\n198.51.100.0/24,services\n2001:db8:1::/48,services\n",
    "overrides.csv": """prefix,asn,organisation,network_type,reason,author,decided_on,expires_on
203.0.113.0/24,,,neocloud,rented racks,mk,2025-08-02,2025-12-31
,64511,,cdn,"caches, only",mk,2025-08-02,
,,Example Corp,cdn,ours,mk,2025-08-02,
""",
    "check_limits.csv": """check,limit,severity,reason,decided_on
marts.*,0.9,warn,small network,2025-08-02
""",
    "metro_positions.csv": "metro,latitude,longitude\nLos Angeles,34.05,-118.24\n",
}


def write(folder: Path, **changed: str | None) -> Path:
    """Write the valid operator; `exporters_csv=...` changes a file, None leaves it out."""
    changes = {name.replace("_csv", ".csv").replace("_yaml", ".yaml"): text for name, text in changed.items()}
    assert changes.keys() <= FILES.keys()
    for name, text in {**FILES, **changes}.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> list[str]:
    """The problems of a folder, without the folder's name before each."""
    with pytest.raises(OperatorError) as error:
        load_operator(folder, TYPES)
    lines = str(error.value).splitlines()
    assert all(line.startswith(f"{folder}/") for line in lines)
    return [line.removeprefix(f"{folder}/") for line in lines]


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return load_operator(write(tmp_path), TYPES)


def test_a_valid_folder_is_read_whole(operator: Operator) -> None:
    assert (operator.name, operator.is_simulated, operator.tracking_began_on) == (
        "Example Networks",
        True,
        date(2025, 8, 1),
    )
    assert operator.flow_sources == (FlowSource("exports/{date}", "auto", False, False),)
    assert operator.registries == (RegistrySource("ip_to_asn", None),)
    assert operator.settings.suppression == Suppression(5, 0.5)
    first, second, third = operator.exporters
    assert (first.valid_to, second.sampling_interval) == (date(2025, 12, 31), 2000)
    assert (third.exporter, third.site, third.sampling_interval) == (
        ipaddress.ip_address("2001:db8::1"),
        None,
        None,
    )
    assert operator.interfaces[1].role is None
    assert [override.organisation for override in operator.overrides] == [None, None, "Example Corp"]
    assert operator.overrides[1].reason == "caches, only"


def test_optional_files_may_be_absent(tmp_path: Path) -> None:
    folder = write(tmp_path, overrides_csv=None, check_limits_csv=None, metro_positions_csv=None)
    operator = load_operator(folder, TYPES)
    assert (operator.overrides, operator.check_limits, operator.metro_positions) == ((), (), ())
    assert operator_tables(operator)["overrides"].num_rows == 0


WITH_OUT_COUNTERS = """\
exporter,name,site,sampling_interval,as_numbers,metering,out_counters,active_timeout_s,valid_from,valid_to
192.0.2.1,edge-1,LAX1,1000,origin,ingress,reverse,60,,
192.0.2.2,edge-2,LAX1,1000,origin,ingress,post,60,,
2001:db8::1,edge-3,LAX1,1000,origin,ingress,,60,,
"""


def test_what_out_counters_count_is_read_where_the_file_tells_it(tmp_path: Path) -> None:
    operator = load_operator(write(tmp_path, exporters_csv=WITH_OUT_COUNTERS), TYPES)
    assert [exporter.out_counters for exporter in operator.exporters] == ["reverse", "post", None]
    assert operator_tables(operator)["exporters"]["out_counters"].to_pylist() == ["reverse", "post", None]


def test_a_file_without_the_column_out_counters_leaves_them_untold(operator: Operator) -> None:
    assert {exporter.out_counters for exporter in operator.exporters} == {None}
    assert operator_tables(operator)["exporters"]["out_counters"].null_count == 3


def test_an_unknown_meaning_of_out_counters_is_told(tmp_path: Path) -> None:
    write(tmp_path, exporters_csv=WITH_OUT_COUNTERS.replace("post", "both"))
    told = "exporters.csv row 3, column out_counters: 'both' is unknown; write one of post, reverse"
    assert refused(tmp_path) == [told]


def test_what_is_left_out_of_operator_yaml_suppresses_small_cells(tmp_path: Path) -> None:
    text = "name: x\ntracking_began_on: 2025-08-01\nflow_sources: [{address: exports}]\n"
    settings = load_operator(write(tmp_path, operator_yaml=text), TYPES).settings
    assert settings.suppression == Suppression(10, 0.9)
    assert (settings.timezone, settings.own_asns, settings.is_simulated) == ("UTC", (), False)


def test_a_mark_at_the_start_of_a_file_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeffregion,label,position\r\n\r\n us-west , US-West ,1\r\n,,\r\n"
    operator = load_operator(write(tmp_path, regions_csv=text), TYPES)
    assert [(region.region, region.label) for region in operator.regions] == [("us-west", "US-West")]


def test_tables_have_typed_columns_and_packed_addresses(operator: Operator) -> None:
    tables = operator_tables(operator)
    assert tables["settings"].to_pylist() == [
        {
            "operator": "Example Networks",
            "is_simulated": True,
            "own_asns": [64496],
            "contact": "noc@example.net",
            "tracking_began_on": date(2025, 8, 1),
            "timezone": "America/Los_Angeles",
            "retention_days_exports": 30,
            "retention_days_addresses": 20,
            "retention_days_hashes": 10,
            "suppression_minimum_unique_ips": 5,
            "suppression_maximum_share_of_one_network": 0.5,
        }
    ]
    exporters = tables["exporters"]
    assert exporters.schema.field("exporter").type == pa.binary(16)
    mapped = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])
    assert exporters["exporter"].to_pylist() == [mapped, mapped, ipaddress.ip_address("2001:db8::1").packed]
    assert exporters["exporter_address"].to_pylist() == ["192.0.2.1", "192.0.2.1", "2001:db8::1"]
    assert exporters["sampling_interval"].to_pylist() == [1000.0, 2000.0, None]
    assert tables["interfaces"].schema.field("if_index").type == pa.uint32()
    assert tables["interfaces"]["speed_bps"].to_pylist() == [400_000_000_000, None]
    own = tables["own_prefixes"].to_pylist()[1]
    assert own["prefix"] == "2001:db8:1::/48"
    assert own["first_address"] == ipaddress.ip_address("2001:db8:1::").packed
    assert own["last_address"] == ipaddress.ip_address("2001:db8:1:ffff:ffff:ffff:ffff:ffff").packed
    overrides = tables["overrides"]
    assert overrides["prefix"].to_pylist() == ["203.0.113.0/24", None, None]
    assert overrides["first_address"].to_pylist()[1:] == [None, None]
    assert overrides["asn"].to_pylist() == [None, 64511, None]
    assert list(tables) == [
        *(
            "settings",
            "exporters",
            "interfaces",
            "sites",
            "regions",
            "own_prefixes",
            "overrides",
            "check_limits",
            "metro_positions",
        )
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "exporters_csv",
            "edge-2,,",
            "edge-2,LAX9,",
            "exporters.csv row 4, column site: 'LAX9' is not in sites.csv; add it there or correct it",
        ),
        (
            "sites_csv",
            "us-west",
            "us-wets",
            "sites.csv row 2, column region: 'us-wets' is not in regions.csv; add it there or correct it",
        ),
        (
            "interfaces_csv",
            "192.0.2.1,ae1",
            "192.0.2.9,ae1",
            "interfaces.csv row 3, column exporter: '192.0.2.9' is not in exporters.csv; add it there or correct it",
        ),
        (
            "exporters_csv",
            "2001:db8::1",
            "2001:db8::g",
            "exporters.csv row 4, column exporter: "
            "'2001:db8::g' is not an IP address; write one such as 192.0.2.1 or 2001:db8::1",
        ),
        (
            "exporters_csv",
            ",1000,",
            ",0.5,",
            "exporters.csv row 2, column sampling_interval: '0.5' is out of bounds; "
            "write a number from 1 to 4294967296",
        ),
        (
            "exporters_csv",
            "ignore",
            "guess",
            "exporters.csv row 4, column as_numbers: 'guess' is unknown; write one of ignore, origin, peer",
        ),
        (
            "exporters_csv",
            ",300,",
            ",,",
            "exporters.csv row 4, column active_timeout_s: is empty; it is needed",
        ),
        (
            "exporters_csv",
            "2025-12-31",
            "31.12.2025",
            "exporters.csv row 2, column valid_to: '31.12.2025' is not a date; write it as YYYY-MM-DD",
        ),
        (
            "exporters_csv",
            "edge-2",
            "a/b",
            "exporters.csv row 4, column name: 'a/b' can't be part of a path; leave out slashes and control characters",
        ),
        (
            "exporters_csv",
            "2026-01-01",
            "2025-12-31",
            "exporters.csv row 3, column exporter: "
            "'192.0.2.1' holds in row 2 too on some day; set valid_from and valid_to so that they "
            "don't overlap",
        ),
        (
            "exporters_csv",
            "2026-01-01,",
            "2026-01-01,2025-12-31",
            "exporters.csv row 3, column valid_to: '2025-12-31' is before valid_from 2026-01-01; correct one of them",
        ),
        (
            "interfaces_csv",
            "502,,",
            "502,outside,",
            "interfaces.csv row 3, column role: 'outside' is unknown; write one of external, internal",
        ),
        (
            "interfaces_csv",
            ",502,",
            ",501,",
            "interfaces.csv row 3, column if_index: "
            "'192.0.2.1 501' holds in row 2 too on some day; set valid_from and valid_to so that they"
            " don't overlap",
        ),
        (
            "interfaces_csv",
            "ae1,502,,,,,,",
            "ae1,502,,,,,",
            "interfaces.csv row 3: has 8 cells where 9 are wanted; put a comma for each empty cell",
        ),
        (
            "regions_csv",
            "US-West,1",
            "US, West,1",
            "regions.csv row 2: has 4 cells where 3 are wanted; quote cells that hold a comma",
        ),
        (
            "regions_csv",
            "1\n",
            "1\nus-west,again,2\n",
            "regions.csv row 3, column region: 'us-west' stands in row 2 too; keep one",
        ),
        (
            "regions_csv",
            "us-west,US-West,1\n",
            "us-west,US-West,1\nwithheld,Nowhere,2\n",
            "regions.csv row 3, column region: 'withheld' is what marts call regions that are too small to be told; "
            "name it otherwise",
        ),
        (
            "own_prefixes_csv",
            "198.51.100.0/24",
            "198.51.100.1/24",
            "own_prefixes.csv row 2, column prefix: "
            "'198.51.100.1/24' is not a prefix; bits are set behind its length; write 198.51.100.0/24 or"
            " a longer prefix",
        ),
        (
            "own_prefixes_csv",
            "198.51.100.0/24",
            "2001:db8::/32",
            "own_prefixes.csv row 3, column prefix: "
            "'2001:db8:1::/48' overlaps 2001:db8::/32 of row 2; keep the wider one",
        ),
        (
            "overrides_csv",
            ",64511,,",
            ",64511,Example,",
            "overrides.csv row 3: fills 2 of prefix, asn and organisation; fill exactly one",
        ),
        (
            "overrides_csv",
            ",64511,,",
            ",,,",
            "overrides.csv row 3: fills 0 of prefix, asn and organisation; fill exactly one",
        ),
        (
            "overrides_csv",
            ",64511,,cdn",
            ",64511,,cnd",
            "overrides.csv row 3, column network_type: 'cnd' is not a network type; write one of cdn, neocloud",
        ),
        (
            "overrides_csv",
            ",,Example Corp",
            ",64511,",
            "overrides.csv row 4, column asn: "
            "'64511' holds in row 3 too on some day; set decided_on and expires_on so that they don't"
            " overlap",
        ),
        (
            "overrides_csv",
            "ours,mk",
            ",mk",
            "overrides.csv row 4, column reason: is empty; it is needed",
        ),
        (
            "check_limits_csv",
            "warn",
            "shout",
            "check_limits.csv row 2, column severity: 'shout' is unknown; write one of block, off, warn",
        ),
        (
            "check_limits_csv",
            "marts.*",
            "marts",
            "check_limits.csv row 2, column check: "
            "'marts' names no check; write <topic>.<check>, with * for any, such as marts.*",
        ),
        (
            "metro_positions_csv",
            "34.05",
            "340.5",
            "metro_positions.csv row 2, column latitude: '340.5' is out of bounds; write a number from -90 to 90",
        ),
        (
            "metro_positions_csv",
            "Los Angeles",
            "Los Angles",
            "metro_positions.csv row 2, column metro: 'Los Angles' is not in sites.csv; add it there or correct it",
        ),
        (
            "operator_yaml",
            "contact:",
            "contacts:",
            "operator.yaml, key contacts: "
            "is unknown; the keys are name, simulated, own_asns, contact, tracking_began_on, "
            "timezone, flow_sources, registries, retention_days, suppression, alert_targets",
        ),
        (
            "operator_yaml",
            "2025-08-01",
            "2025-08-32",
            "operator.yaml, key tracking_began_on: '2025-08-32' is not a date; write it as YYYY-MM-DD",
        ),
        (
            "operator_yaml",
            "Los_Angeles",
            "Lost_Angeles",
            "operator.yaml, key timezone: "
            "'America/Lost_Angeles' is not a time zone; write an IANA name such as America/Los_Angeles "
            "or UTC",
        ),
        (
            "operator_yaml",
            "simulated: true",
            "simulated: 1",
            "operator.yaml, key simulated: 1 is neither; write true or false",
        ),
        (
            "operator_yaml",
            "[64496]",
            "[AS64496]",
            "operator.yaml, key own_asns: ['AS64496'] is out of bounds; write a whole number from 1 to 4294967295",
        ),
        (
            "operator_yaml",
            "minimum_unique_ips: 5",
            "minimum_unique_ips: 0",
            "operator.yaml, key suppression.minimum_unique_ips: "
            "0 is out of bounds; write a whole number from 1 to 1000000",
        ),
        (
            "operator_yaml",
            "network: 0.5",
            "network: 50",
            "operator.yaml, key suppression.maximum_share_of_one_network: "
            "50 is out of bounds; write a number above 0 and up to 1",
        ),
        (
            "operator_yaml",
            "name: ip_to_asn",
            "name: whois",
            "operator.yaml, key registries[0].name: 'whois' is unknown; write one of " + ", ".join(source_names()),
        ),
        (
            "operator_yaml",
            "{date}",
            "{day}",
            "operator.yaml, key flow_sources[0].address: "
            "'exports/{day}' holds {day}; only {date}, {date:%Y%m%d} and the like, and {exporter} are filled in",
        ),
        (
            "operator_yaml",
            "{date}",
            "{date:%Y%m%d%H}",
            "operator.yaml, key flow_sources[0].address: 'exports/{date:%Y%m%d%H}' holds %H in a date; "
            "write %Y, %y, %m, %d, %j, and * for hours and minutes",
        ),
        (
            "operator_yaml",
            "{date}",
            "{date:%Y/%m}",
            "operator.yaml, key flow_sources[0].address: 'exports/{date:%Y/%m}' does not tell a day by its dates; "
            "write year, month and day, such as {date:%Y%m%d}",
        ),
        (
            "operator_yaml",
            "exports/{date}",
            "exports/**/{date}",
            "operator.yaml, key flow_sources[0].address: 'exports/**/{date}' holds **; write one * for each folder, "
            "and none for what lies below: it is read as well",
        ),
        (
            "operator_yaml",
            "- address: exports/{date}",
            "- {address: 'exports/{date}', deletes_delivered: always}",
            "operator.yaml, key flow_sources[0].deletes_delivered: 'always' is neither; write true or false",
        ),
        (
            "operator_yaml",
            "- address: exports/{date}",
            "- address: exports/{date}\n  - {address: 'exports/{date}', format: pmacct}",
            "operator.yaml, key flow_sources[1].address: "
            "'exports/{date}' stands there twice; keep one, with the format of its files",
        ),
        (
            "operator_yaml",
            "PAGER_ADDRESS",
            "https://hook",
            "operator.yaml, key alert_targets[0].secret_environment: "
            "'https://hook' is not a name of the environment; put the secret there and write its name, "
            "such as PAGER",
        ),
        (
            "operator_yaml",
            "  - {name: pager, secret_environment: PAGER_ADDRESS}",
            "  - {name: pager, secret_environment: PAGER_ADDRESS}\n  - {name: pager, secret_environment: OTHER}",
            "operator.yaml, key alert_targets[1].name: 'pager' stands there twice; give each target a name of its own",
        ),
        (
            "operator_yaml",
            "name: Example Networks\n",
            "",
            "operator.yaml, key name: is missing; it is needed",
        ),
    ],
)
def test_one_mistake_is_one_line(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    text = FILES[file.replace("_csv", ".csv").replace("_yaml", ".yaml")]
    assert old in text
    assert refused(write(tmp_path, **{file: text.replace(old, new, 1)})) == [told]


def test_an_unknown_column_leaves_another_missing(tmp_path: Path) -> None:
    lines = refused(write(tmp_path, sites_csv="site,city,region\nLAX1,Los Angeles,us-west\n", metro_positions_csv=None))
    assert lines == [
        "sites.csv row 1, column city: is unknown; the columns are site,metro,region",
        "sites.csv row 1, column metro: is missing; the columns are site,metro,region",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: a\nname: b\n", "line 2: the key 'name' stands twice; correct the YAML there"),
        ("name: [a\n", "line 2: expected ',' or ']', but got '<stream end>'; correct the YAML there"),
        ("just words\n", "holds no keys; write lines such as `name: Example Networks`"),
    ],
)
def test_yaml_that_cannot_be_read_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    assert refused(write(tmp_path, operator_yaml=text)) == [f"operator.yaml: {told}"]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        regions_csv=None,
        operator_yaml=FILES["operator.yaml"].replace("simulated: true", "simulated: no thanks"),
        exporters_csv=FILES["exporters.csv"].replace("60", "soon"),
    )
    out_of_bounds = "'soon' is out of bounds; write a whole number from 1 to 86400"
    lines = refused(tmp_path)
    assert lines == [
        "operator.yaml, key simulated: 'no thanks' is neither; write true or false",
        f"exporters.csv row 2, column active_timeout_s: {out_of_bounds}",
        f"exporters.csv row 3, column active_timeout_s: {out_of_bounds}",
        "regions.csv: is missing; write one with the header region,label,position",
        "sites.csv row 2, column region: 'us-west' is not in regions.csv; add it there or correct it",
    ]


def test_a_file_that_is_no_utf_8_or_empty_is_told(tmp_path: Path) -> None:
    write(tmp_path, sites_csv="")
    (tmp_path / "own_prefixes.csv").write_bytes(b"prefix,label\n192.0.2.0/24,caf\xe9\n")
    lines = refused(tmp_path)
    assert "sites.csv: the file is empty; its first line must name the columns" in lines
    assert "own_prefixes.csv: byte 29 is not UTF-8; save the file as UTF-8" in lines


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="is not a folder; name an operator folder, such as operators/demo"):
        load_operator(tmp_path / "nobody", TYPES)


def test_no_network_can_be_decided_to_be_withheld(tmp_path: Path) -> None:
    """Of the seed's types, `withheld` is what marts make of those too small to be told."""
    folder = write(tmp_path, overrides_csv=FILES["overrides.csv"].replace("cdn", "withheld"))
    with pytest.raises(OperatorError, match="'withheld' is not a network type"):
        load_operator(folder)


def test_aliases_are_refused_before_they_mean_more_than_there_is(tmp_path: Path) -> None:
    """Ten lines of ten aliases each stand for 10 billion values."""
    lines = ["a0: &a0 [x, x]", *(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 10))]
    folder = write(tmp_path, operator_yaml="\n".join(lines))
    assert refused(folder)[0] == (
        "operator.yaml: line 2: the alias *a0 is not read; write out what it stands for; correct the YAML there"
    )
    with pytest.raises(SettingsError, match="tracking_began_on can't be read"):
        workspace_from_environment({"NETSTATS_OPERATOR": str(folder)})


@pytest.mark.parametrize("name", ["operator.yaml", "exporters.csv"])
def test_a_pipe_in_place_of_a_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert f"{name}: is not a file; put a file in its place" in refused(folder)


def test_a_file_that_no_person_wrote_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    os.truncate(folder / "sites.csv", (64 << 20) + 1)
    assert refused(folder)[0].startswith("sites.csv: has 67,108,865 bytes, more than any such file needs")
