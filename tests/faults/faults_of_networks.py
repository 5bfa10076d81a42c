"""Faults of registries, of types and of marts.

Belongs here: faults of checks.registries, checks.classification and checks.marts. Does not belong here: records
(faults_of_records).
"""

from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from world import PLAN_AS_OF

from assets.ground.lake import Partition
from assets.registry.source import NETWORK_EVIDENCE
from tests.faults.fault import Fault, blocked, made, source, warned
from tests.faults.good_world import Broken

Put = Callable[[Broken], None]
PULLS = ("registry", "pulls")
PLAN = ("registry", "address_ranges")
IN_FORCE = Partition("plan_as_of", PLAN_AS_OF)
BEFORE = Partition("plan_as_of", PLAN_AS_OF - timedelta(days=30))


def pulls(**columns: object) -> Put:
    """The row of the pulls with other values."""

    def put(broken: Broken) -> None:
        table = broken.workspace.lake.read(PULLS)
        rows = [{**row, **columns} for row in table.to_pylist()]
        broken.written(PULLS, pa.Table.from_pylist(rows, schema=table.schema))

    return put


def half_a_registry(broken: Broken) -> None:
    rows = pa.table({"asn": list(range(500))})
    broken.written(("registry", "ip_to_asn"), rows, Partition("as_of", date(2025, 12, 1)))


def without_afrinic(broken: Broken) -> None:
    holders = [f"{registry}:{number}" for registry in ("apnic", "arin", "lacnic", "ripencc") for number in range(9)]
    rows = pa.table({"holder": holders})
    broken.written(("registry", "rir_delegated"), rows, Partition("as_of", date(2025, 12, 1)))


def plan_with(partition: Partition, **values: object) -> Put:
    """The plan of a day in which every range of AS 714 has other values."""

    def put(broken: Broken) -> None:
        lake = broken.workspace.lake
        table = lake.read(PLAN, IN_FORCE)
        of_apple = pc.fill_null(pc.equal(table["origin_as"], 714), False)
        for name, value in values.items():
            column = pc.if_else(of_apple, pa.scalar(value, table.schema.field(name).type), table[name])
            table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
        broken.written(PLAN, table, partition)

    return put


def list_of_unknown_words(broken: Broken) -> None:
    house = {"source": "labels:house", "kind": "kinds", "value": "fruit"}
    good = {"source": "labels:good", "kind": "type", "value": "hosting"}
    rows = [{**one, "asn": 714, "as_of": date(2025, 12, 1), "number": None} for one in (house, good)]
    table = pa.Table.from_pylist(rows, schema=NETWORK_EVIDENCE)
    broken.written(("registry", "network_evidence"), table, Partition("as_of", PLAN_AS_OF))


FOUR = bytes(10) + b"\xff\xff"
FAULTS: tuple[Fault, ...] = (
    warned(
        "a registry that was refused",
        pulls(is_at_fault=True, outcome="refused", reason="cut in half"),
        "registries.pulls_succeed",
        "cut in half",
    ),
    warned("a registry cut in half", half_a_registry, "registries.rows_continue", "ip_to_asn", "'changed_share': 0.5"),
    warned(
        "a registry of half a year ago",
        pulls(confirmed_on=date(2025, 7, 1)),
        "registries.snapshots_are_fresh",
        "'source': 'ip_to_asn'",
        "'age_days': 201",
    ),
    warned(
        "a list of labels in words that no seed knows",
        list_of_unknown_words,
        "registries.lists_say_something",
        "'labels:house'",
        "1 rows are not",
    ),
    warned(
        "one of five regional registries missing",
        without_afrinic,
        "registries.all_regional_registries_answer",
        "'registry': 'afrinic'",
    ),
    blocked(
        "a default route announced by someone",
        plan_with(IN_FORCE, first_address=FOUR + bytes(4), last_address=FOUR + b"\x7f\xff\xff\xff"),
        "registries.no_network_holds_too_much",
        "'origin_as': 714",
        "default route",
    ),
    blocked(
        "two ranges of the plan overlap",
        plan_with(IN_FORCE, last_address=FOUR + bytes((30, 4, 0, 0))),
        "registries.ranges_are_disjoint",
        "'ranges_at_fault': 1",
    ),
    blocked(
        "a range that ends before it begins",
        plan_with(IN_FORCE, last_address=FOUR + bytes((30, 2, 0, 0))),
        "registries.ranges_are_disjoint",
        "'ranges_at_fault': 1",
    ),
    warned(
        "a hyperscaler's addresses moved to another AS",
        plan_with(IN_FORCE, origin_as=64512),
        "registries.origins_go_on",
        "'origin_as': 714",
        "'addresses': 0",
    ),
    blocked(
        "a hyperscaler's AS moved to neocloud",
        made("update core.networks set network_type = 'neocloud' where network_key = 'as:714'"),
        "classification.known_networks_keep_their_type",
        "'asn': 714",
        "'network_type': 'neocloud'",
    ),
    warned(
        "a large network of another type than in the quarter before",
        made(
            "update core.network_types_by_quarter set network_type = 'neocloud' "
            "where network_key = 'as:714' and quarter = '2026Q1'"
        ),
        "classification.large_networks_keep_their_type",
        "as:714",
        "'type_before': 'hyperscaler'",
    ),
    warned(
        "a known network that the registry gives to another",
        made("update core.networks set name = 'EXAMPLE', organisation = 'Nobody' where network_key = 'as:2906'"),
        "classification.known_networks_have_their_holder",
        "'asn': 2906",
        "valid_to",
    ),
    warned(
        "a decision on a misspelt organisation",
        source(
            "insert into operator.overrides by name select 'Aple' as organisation, 'hyperscaler' as network_type, "
            "'tests' as reason, 'tests' as author, date '2026-01-01' as decided_on"
        ),
        "classification.decisions_match",
        "'organisation': 'Aple'",
    ),
    warned(
        "a new exporter whose AS numbers are off",
        source(
            "update operator.exporters set as_numbers = 'origin' where name = 'west'",
            "update exports.flow_records set src_as = 4200, dst_as = 4200 where export_on >= date '2026-01-02' "
            "and exporter = (select exporter from operator.exporters where name = 'west')",
        ),
        "classification.large_networks_were_seen_before",
        "as:4200",
    ),
    warned(
        "a high unclassified share",
        made(
            "update core.typed_traffic_bins set network_type = 'unclassified' where network_key in ('as:714', 'as:577')"
        ),
        "classification.classified_share_of_bits",
        "'quarter': '2026Q1'",
        "netstats review",
    ),
    warned(
        "nothing classified at all",
        made("update core.typed_traffic_bins set network_type = 'unclassified'"),
        "classification.classified_share_of_bits",
        "'classified_share': 0.0",
    ),
    warned(
        "a region without types",
        made("update core.typed_traffic_bins set network_type = 'unclassified' where region = 'ca-east'"),
        "classification.regions_are_classified",
        "'region': 'ca-east'",
    ),
    warned(
        "types by rules that guess",
        made("update core.networks set confidence = 0.3 where network_key = 'as:714'"),
        "classification.confidence_is_high",
        "'share_guessed': 0.3",
    ),
    warned(
        "a type's traffic gone for a day",
        made(
            "update core.typed_traffic_bins set bits = bits // 10 "
            "where network_type = 'cdn' and event_on = date '2026-01-07'"
        ),
        "classification.types_are_usual",
        "'member': 'cdn'",
        "'export_on': '2026-01-07'",
    ),
    blocked(
        "shares that do not add up",
        made("update marts.network_type_quarterly set share_of_bits = 0.5 where network_type = 'cdn'"),
        "marts.shares_sum_to_one",
        "network_type_quarterly",
    ),
    blocked(
        "a mart that lost a row",
        made("delete from marts.region_network_type_quarterly where network_type = 'cdn' and region = 'us-west'"),
        "marts.bits_are_conserved",
        "region_network_type_quarterly",
    ),
    blocked(
        "bits counted twice by a join",
        made("insert into marts.connectivity_quarterly from marts.connectivity_quarterly where quarter = '2026Q1'"),
        "marts.bits_are_conserved",
        "connectivity_quarterly",
        "'quarter': '2026Q1'",
    ),
    blocked(
        "a magnitude over other addresses",
        made("update marts.network_type_quarterly set unique_ips = unique_ips + 1 where network_type = 'cdn'"),
        "marts.magnitude_is_bits_over_addresses",
        "network_type_quarterly",
    ),
    blocked(
        "addresses added up instead of united",
        made(
            "update marts.network_type_quarterly as quarterly set unique_ips = 1 + ("
            "select sum(unique_ips) from marts.network_type_monthly as monthly "
            "where monthly.quarter = quarterly.quarter and monthly.network_type = quarterly.network_type)"
        ),
        "marts.addresses_are_unions",
        "'addresses_adrift': 1",
    ),
    blocked(
        "fewer addresses in a quarter than in a month",
        made("update marts.network_type_quarterly set unique_ips = 1 where network_type = 'cdn'"),
        "marts.addresses_are_unions",
        "'network_type': 'cdn'",
    ),
    blocked(
        "a 95th percentile above the maximum",
        made("update marts.metro_quarterly set bits_per_second_p95 = 2 * bits_per_second_max where bits > 0"),
        "marts.rates_are_ordered",
        "metro_quarterly",
    ),
    blocked(
        "a month that is not in its quarter",
        made("update marts.network_type_monthly set bits = bits + 1 where network_type = 'cdn'"),
        "marts.quarters_are_their_months",
        "'network_type': 'cdn'",
    ),
    blocked(
        "a type that nobody knows",
        made("update marts.network_type_quarterly set network_type = 'cdns' where network_type = 'cdn'"),
        "marts.published_types_are_whole",
        "is_known_type",
        "'network_type': 'cdns'",
    ),
    blocked(
        "a type twice in a quarter",
        made("insert into marts.network_type_quarterly from marts.network_type_quarterly where network_type = 'cdn'"),
        "marts.published_types_are_whole",
        "expect_compound_columns_to_be_unique",
    ),
    blocked(
        "a type without bits",
        made("update marts.network_type_quarterly set bits = null where network_type = 'cdn'"),
        "marts.published_types_are_whole",
        "bits must be as expect_column_values_to_not_be_null says",
        "'network_type': 'cdn'",
    ),
    blocked(
        "a share above one",
        made("update marts.network_type_quarterly set share_of_bits = 1.5 where network_type = 'cdn'"),
        "marts.published_types_are_whole",
        "share_of_bits must be at most 1",
    ),
)
