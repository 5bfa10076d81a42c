"""What all sources say of an AS, put together in the order of the sources."""

from datetime import date
from ipaddress import ip_network

import pyarrow as pa
import pytest

from assets.ground.addresses import bounds
from assets.registry.address_plan import AddressPlan
from assets.registry.networks import merge_evidence, merge_networks, names_told
from assets.registry.source import NETWORK_EVIDENCE, NETWORKS, PREFIX_ORIGINS
from assets.registry.sources._tables import evidence_table, network_table, range_table

AS_OF = date(2026, 9, 1)
NOTHING = pa.schema([("prefix", pa.string()), ("first_address", pa.binary(16)), ("last_address", pa.binary(16))])


def plan_table(**origins: int) -> pa.Table:
    """The plan of prefixes written as `a_b_c_d_len`."""
    rows = []
    for text, origin in origins.items():
        *parts, length = text.removeprefix("p").split("_")
        rows.append((*bounds(ip_network(f"{'.'.join(parts)}/{length}")), origin, None))
    table = range_table(PREFIX_ORIGINS, "test", AS_OF, rows)
    return AddressPlan.build(AS_OF, table, NOTHING.empty_table(), NOTHING.empty_table()).table


def test_the_first_source_that_tells_something_counts() -> None:
    first = network_table("first", AS_OF, [(13335, "CLOUDFLARENET", None, "US"), (174, "COGENT-174", None, None)])
    second = network_table("second", AS_OF, [(174, "Cogent", "Cogent Communications", "US"), (64, "MITRE", None, None)])
    networks = merge_networks(AS_OF, [first, second], plan_table(p1_0_0_0_24=13335, p1_1_0_0_23=13335, p4_0_0_0_9=174))
    assert networks.schema.equals(NETWORKS)
    assert [tuple(row.values())[1:] for row in networks.to_pylist()] == [
        (64, "MITRE", None, None, "second", 0),
        (174, "COGENT-174", "Cogent Communications", "US", "first", 2**23),
        (13335, "CLOUDFLARENET", None, "US", "first", 768),
    ]


def test_an_empty_name_leaves_the_word_to_the_next_source() -> None:
    first = network_table("first", AS_OF, [(174, None, "", None), (64, None, None, None)])
    second = network_table("second", AS_OF, [(174, "COGENT-174", "Cogent Communications", None)])
    networks = merge_networks(AS_OF, [first, second], plan_table(p4_0_0_0_9=174))
    assert networks.schema.equals(NETWORKS)
    assert [(row["asn"], row["name"], row["organisation"]) for row in networks.to_pylist()] == [
        (64, "", None),
        (174, "COGENT-174", "Cogent Communications"),
    ]


def test_without_networks_there_are_none() -> None:
    assert merge_networks(AS_OF, [], plan_table(p1_0_0_0_24=13335)).num_rows == 0


def test_evidence_keeps_the_words_and_dates_of_its_source() -> None:
    earlier = date(2026, 8, 1)
    one = evidence_table("peeringdb", earlier, [(174, "type", "NSP", None), (64, "type", "Enterprise", None)])
    other = evidence_table(
        "as_relationships", AS_OF, [(174, "customers", None, 6000.0), (174, "customers", None, 6000.0)]
    )
    evidence = merge_evidence(AS_OF, [one, other])
    assert evidence.schema.equals(NETWORK_EVIDENCE)
    assert [(row["asn"], row["source"], row["value"], row["number"], row["as_of"]) for row in evidence.to_pylist()] == [
        (64, "peeringdb", "Enterprise", None, earlier),
        (174, "as_relationships", None, 6000.0, AS_OF),
        (174, "peeringdb", "NSP", None, earlier),
    ]
    with pytest.raises(ValueError, match="there is evidence of a later day than 2026-08-01"):
        merge_evidence(earlier, [one, other])


def test_each_source_tells_its_own_names() -> None:
    """Also where another one's count, since a handle often says what a company's name does not."""
    first = network_table("first", AS_OF, [(60068, "Datacamp Limited", None, "GB")])
    second = network_table(
        "second", date(2026, 8, 1), [(60068, "CDN77", "Datacamp Limited", None), (64, "", None, None)]
    )
    told = names_told([first, second])
    assert told.schema.equals(NETWORK_EVIDENCE)
    assert [(row["asn"], row["source"], row["kind"], row["value"], row["as_of"]) for row in told.to_pylist()] == [
        (60068, "first", "name", "Datacamp Limited", AS_OF),
        (60068, "second", "name", "CDN77", date(2026, 8, 1)),
        (60068, "second", "organisation", "Datacamp Limited", date(2026, 8, 1)),
    ]
    assert names_told([]).num_rows == 0
