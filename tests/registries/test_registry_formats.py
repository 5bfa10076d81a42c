"""Each registry source reads its format, with the edge cases of the real files, and refuses what is not its own."""

import bz2
import gzip
import json
import struct
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pyarrow as pa
import pytest

from assets.ground.addresses import address_of
from assets.registry import sources as registries
from assets.registry.source import SCHEMAS, RegistryFormatError

AS_OF = date(2026, 9, 1)
SAMPLES = Path(__file__).parents[3] / "shared" / "asn" / "samples"


def parse(folder: Path, source: str, **files: str | bytes) -> Mapping[str, pa.Table]:
    """The tables of a source from files with the given names (`__` stands for a dot) and contents."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    found = registries.sources()[source]
    tables = found.parse(paths, AS_OF)
    assert set(tables) == set(found.tables)
    for name, table in tables.items():
        assert table.schema.equals(SCHEMAS[name])
    return tables


def ranges(table: pa.Table, *columns: str) -> list[tuple[object, ...]]:
    """Rows as `first-last` and the given columns."""
    return [
        (f"{address_of(row['first_address'])}-{address_of(row['last_address'])}", *(row[name] for name in columns))
        for row in table.to_pylist()
    ]


def rows(table: pa.Table, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in columns) for row in table.to_pylist()]


def test_rir_delegated(tmp_path: Path) -> None:
    content = """\
# a banner
2.3|apnic|20260926|8||20260925|+1000
apnic|*|ipv4|*|3|summary
apnic|AU|ipv4|1.0.0.0|768|20110811|assigned|A91872ED
apnic||ipv4|14.102.240.0|4096||available|
ripencc||ipv4|85.8.248.0|2048||available
afrinic|ZZ|ipv4|102.192.0.0|256||reserved|
arin|US|asn|3|2|00000000|assigned|d98c
apnic|JP|ipv6|2001:200::|35|19990813|allocated|A916B6AA
"""
    tables = parse(tmp_path, "rir_delegated", delegated=content)
    assert ranges(tables["delegations"], "country", "status", "delegated_on", "holder") == [
        ("1.0.0.0-1.0.2.255", "AU", "assigned", date(2011, 8, 11), "apnic:A91872ED"),
        ("14.102.240.0-14.102.255.255", None, "available", None, None),
        ("85.8.248.0-85.8.255.255", None, "available", None, None),
        ("102.192.0.0-102.192.0.255", None, "reserved", None, None),
        ("2001:200::-2001:200:1fff:ffff:ffff:ffff:ffff:ffff", "JP", "allocated", date(1999, 8, 13), "apnic:A916B6AA"),
    ]
    holder = "organisation_id", "arin:d98c"
    assert rows(tables["network_evidence"], "asn", "kind", "value") == [(3, *holder), (4, *holder)]


def test_iptoasn_leaves_out_what_is_not_routed(tmp_path: Path) -> None:
    v4 = "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n"
    v6 = "2606:4700::\t2606:4700:ffff:ffff:ffff:ffff:ffff:ffff\t13335\tNone\tCLOUDFLARENET\n"
    tables = parse(tmp_path, "iptoasn", v4=gzip.compress(v4.encode()), v6=v6)
    assert ranges(tables["prefix_origins"], "origin_as", "ip_version") == [
        ("1.0.0.0-1.0.0.255", 13335, 4),
        ("2606:4700::-2606:4700:ffff:ffff:ffff:ffff:ffff:ffff", 13335, 6),
    ]
    assert rows(tables["networks"], "asn", "name", "country") == [(13335, "CLOUDFLARENET", "US")]


def test_a_handle_of_iptoasn_is_a_name_and_no_organisation(tmp_path: Path) -> None:
    v4 = "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.4.0\t1.0.4.255\t38803\tAU\t\n"
    networks = parse(tmp_path, "iptoasn", v4=v4)["networks"]
    assert rows(networks, "asn", "name", "organisation") == [(13335, "CLOUDFLARENET", None)]


def test_prefix2as_keeps_every_origin(tmp_path: Path) -> None:
    content = "1.0.0.0\t24\t13335\n1.1.8.0\t24\t149511_138421\n1.51.32.0\t20\t24361,4538_4538\n2001:200::\t32\t2500\n"
    origins = parse(tmp_path, "prefix2as", pfx2as=content)["prefix_origins"]
    assert ranges(origins, "origin_as") == [
        ("1.0.0.0-1.0.0.255", 13335),
        ("1.1.8.0-1.1.8.255", 149511),
        ("1.1.8.0-1.1.8.255", 138421),
        ("1.51.32.0-1.51.47.255", 4538),
        ("1.51.32.0-1.51.47.255", 24361),
        ("2001:200::-2001:200:ffff:ffff:ffff:ffff:ffff:ffff", 2500),
    ]


NET = {"asn": 64500, "name": "Example", "name_long": "", "org_id": 7, "info_type": "Content", "info_scope": ""}


@pytest.mark.parametrize("wrap", [lambda nets: {"data": nets}, lambda nets: {"net": {"data": nets}}])
def test_peeringdb_answers_and_dumps(tmp_path: Path, wrap: object) -> None:
    assert callable(wrap)
    later = {**NET, "asn": 64501, "info_types": ["NSP", "Content"], "status": "ok"}
    gone = {**NET, "asn": 64502, "status": "deleted"}
    tables = parse(tmp_path, "peeringdb", net__json=json.dumps(wrap([NET, later, gone])))
    assert rows(tables["networks"], "asn", "name", "organisation") == [
        (64500, "Example", None),
        (64501, "Example", None),
    ]
    assert rows(tables["network_evidence"], "asn", "kind", "value") == [
        (64500, "organisation_id", "peeringdb:7"),
        (64500, "type", "Content"),
        (64501, "organisation_id", "peeringdb:7"),
        (64501, "type", "Content"),
        (64501, "type", "NSP"),
    ]


def test_a_later_peeringdb_answer_updates_the_dump(tmp_path: Path) -> None:
    dump = {"data": [NET, {**NET, "asn": 64501}, {**NET, "asn": 64502}]}
    since = {"data": [{**NET, "asn": 64501, "info_type": "NSP"}, {**NET, "asn": 64502, "status": "deleted"}]}
    tables = parse(tmp_path, "peeringdb", dump__json=json.dumps(dump), since__json=json.dumps(since))
    types = [row for row in rows(tables["network_evidence"], "asn", "kind", "value") if row[1] == "type"]
    assert types == [(64500, "type", "Content"), (64501, "type", "NSP")]


AS2ORG_TEXT = """\
# format:org_id|changed|org_name|country|source
EX-1|20240618|Example Corp|US|ARIN
# format:aut|changed|aut_name|org_id|opaque_id|source
64500|20240618|EXAMPLE|EX-1|e5e3_ARIN|ARIN
64501|20240618|ALONE|EX-2|e5e3_ARIN|ARIN
"""
AS2ORG_JSON = """\
{"asn":"64501","name":"ALONE","organizationId":"EX-2","type":"ASN"}
{"country":"US","name":"Example Corp","organizationId":"EX-1","type":"Organization"}
{"asn":"64500","name":"EXAMPLE","organizationId":"EX-1","type":"ASN"}
"""


@pytest.mark.parametrize("content", [AS2ORG_TEXT, AS2ORG_JSON])
def test_as2org_in_both_formats(tmp_path: Path, content: str) -> None:
    tables = parse(tmp_path, "as2org", as2org=content)
    assert rows(tables["networks"], "asn", "name", "organisation", "country") == [
        (64500, "EXAMPLE", "Example Corp", "US"),
        (64501, "ALONE", None, None),
    ]
    assert rows(tables["network_evidence"], "asn", "kind", "value") == [
        (64500, "organisation_id", "caida:EX-1"),
        (64501, "organisation_id", "caida:EX-2"),
    ]


def test_networks_of_no_organisation_are_not_of_the_same(tmp_path: Path) -> None:
    content = "".join(
        json.dumps({"type": "ASN", "asn": str(asn), "name": None, "organizationId": told}) + "\n"
        for asn, told in ((64500, ""), (64501, ""), (64502, None))
    )
    tables = parse(tmp_path, "as2org", as2org=content)
    assert rows(tables["network_evidence"], "asn") == []
    assert rows(tables["networks"], "asn", "name") == [(64500, ""), (64501, ""), (64502, "")]
    networks = [{"asn": asn, "org_id": 0, "name": "Example", "info_type": "NSP"} for asn in (64500, 64501)]
    told = parse(tmp_path, "peeringdb", net__json=json.dumps({"data": networks}))["network_evidence"]
    assert rows(told, "asn", "kind") == [(64500, "type"), (64501, "type")]


@pytest.mark.parametrize("number", ["1e30", "Infinity", "NaN", "-1"])
def test_a_count_that_is_none_is_refused_with_its_place(tmp_path: Path, number: str) -> None:
    content = f'[{{"asn": 1, "metadata": {{"handle": "EX"}}, "stats": {{"connectivity": {{"customers": {number}}}}}}}]'
    with pytest.raises(RegistryFormatError, match=r"as\.json entry 0: .*is not a count"):
        parse(tmp_path, "ipverse", as__json=content)


def test_digits_too_long_for_a_count_are_a_word(tmp_path: Path) -> None:
    long = "9" * 400
    told = parse(tmp_path, "labels", keys__csv=f"asn,domains\n64500,{long}\n64501,300\n")["network_evidence"]
    assert rows(told, "asn", "value", "number") == [(64500, long, None), (64501, None, 300.0)]


def test_as_relationships_count_links_and_tell_the_clique_and_exchanges(tmp_path: Path) -> None:
    content = (
        "# inferred clique: 1 2\n# IXP ASes: 9\n# source:topology|BGP\n"
        "1|2|0|bgp\n1|3|-1|bgp\n3|4|-1|bgp\n3|5|-1|bgp\n4|5|-1|bgp\n"
    )
    evidence = parse(tmp_path, "as_relationships", rel=bz2.compress(content.encode()))["network_evidence"]
    told = {(row["asn"], row["kind"]): row["number"] for row in evidence.to_pylist()}
    assert {kind: told.get((1, kind)) for kind in ("providers", "customers", "peers")} == {
        "providers": 0,
        "customers": 1,
        "peers": 1,
    }
    assert (told[3, "customers"], told[3, "providers"]) == (2, 1)
    assert told[5, "providers"] == 2
    roles = [(asn, value) for asn, kind, value in rows(evidence, "asn", "kind", "value") if kind == "role"]
    assert roles == [(1, "inferred_clique"), (2, "inferred_clique"), (9, "exchange")]


def test_ipverse(tmp_path: Path) -> None:
    connectivity = {"providers": 2, "providerAsns": [174], "customers": 5, "peers": 3, "reach": 12}
    metadata = {
        "handle": "EX",
        "description": "Example Inc.",
        "countryCode": "JP",
        "category": "isp",
        "networkRole": None,
    }
    content = [
        {"asn": 64500, "metadata": metadata, "stats": {"connectivity": connectivity}},
        {"asn": 64501, "metadata": {"handle": "EX2", "description": None, "countryCode": "XX"}, "stats": None},
    ]
    tables = parse(tmp_path, "ipverse", as__json=json.dumps(content))
    assert rows(tables["networks"], "asn", "name", "organisation", "country") == [
        (64500, "EX", "Example Inc.", "JP"),
        (64501, "EX2", None, None),
    ]
    assert rows(tables["network_evidence"], "asn", "kind", "value", "number") == [
        (64500, "customer_cone", None, 12.0),
        (64500, "customers", None, 5.0),
        (64500, "peers", None, 3.0),
        (64500, "providers", None, 2.0),
        (64500, "type", "isp", None),
    ]


def test_bgp_tools_files_are_told_apart(tmp_path: Path) -> None:
    table = '{"CIDR":"1.1.1.0/24","ASN":13335,"Hits":3359}\n'
    asns = 'asn,name,class,cc\nAS174,Cogent,Carrier,US\n"AS16509","Amazon.com, Inc.",,US\n'
    tables = parse(tmp_path, "bgp_tools", table__jsonl=table, asns__csv=asns, vpn__csv='AS9009,"M247"\nAS20448\n')
    assert ranges(tables["prefix_origins"], "origin_as", "seen_by") == [("1.1.1.0-1.1.1.255", 13335, 3359)]
    assert rows(tables["networks"], "asn", "name") == [(174, "Cogent"), (16509, "Amazon.com, Inc.")]
    assert rows(tables["network_evidence"], "asn", "kind", "value") == [
        (174, "type", "Carrier"),
        (9009, "tag", "vpn"),
        (20448, "tag", "vpn"),
    ]
    with pytest.raises(RegistryFormatError, match=r"is not a file of bgp\.tools"):
        parse(tmp_path, "bgp_tools", other__csv="ip,asn\n")


def test_aws_keeps_region_and_metro(tmp_path: Path) -> None:
    def entry(prefix: str, region: str, border: str, service: str = "EC2", key: str = "ip_prefix") -> dict[str, str]:
        return {key: prefix, "region": region, "service": service, "network_border_group": border}

    content = {
        "prefixes": [
            entry("52.92.0.0/17", "us-west-2", "us-west-2"),
            entry("52.92.0.0/17", "us-west-2", "us-west-2", "S3"),
            entry("15.220.228.0/22", "us-east-1", "us-east-1-chi-1"),
            entry("13.32.0.0/15", "GLOBAL", "GLOBAL", "CLOUDFRONT"),
        ],
        "ipv6_prefixes": [entry("2a05:d07b:e000::/40", "me-south-1", "me-south-1", key="ipv6_prefix")],
    }
    clouds = parse(tmp_path, "aws", ranges__json=json.dumps(content))["cloud_ranges"]
    assert ranges(clouds, "cloud", "cloud_region", "metro") == [
        ("13.32.0.0-13.33.255.255", "aws", None, None),
        ("15.220.228.0-15.220.231.255", "aws", "us-east-1", "us-east-1-chi-1"),
        ("52.92.0.0-52.92.127.255", "aws", "us-west-2", None),
        ("2a05:d07b:e000::-2a05:d07b:e0ff:ffff:ffff:ffff:ffff:ffff", "aws", "me-south-1", None),
    ]


CLOUDS = {
    "gcp": (
        {
            "prefixes": [
                {"ipv4Prefix": "34.1.208.0/20", "scope": "us-west8"},
                {"ipv6Prefix": "2600::/44", "scope": "global"},
            ]
        },
        [("34.1.208.0-34.1.223.255", "gcp", "us-west8"), ("2600::-2600:0:f:ffff:ffff:ffff:ffff:ffff", "gcp", None)],
    ),
    "azure": (
        {
            "values": [
                {"name": "AzureCloud", "properties": {"region": "", "addressPrefixes": ["4.172.0.0/15"]}},
                {
                    "name": "AzureCloud.x",
                    "properties": {"region": "canadacentral", "addressPrefixes": ["4.172.0.0/15"]},
                },
            ]
        },
        [("4.172.0.0-4.173.255.255", "azure", "canadacentral"), ("4.172.0.0-4.173.255.255", "azure", None)],
    ),
    "oracle_cloud": (
        {"regions": [{"region": "us-ashburn-1", "cidrs": [{"cidr": "129.80.0.0/16", "tags": ["OCI"]}]}]},
        [("129.80.0.0-129.80.255.255", "oracle_cloud", "us-ashburn-1")],
    ),
    "fastly": (
        {"addresses": ["23.235.32.0/20"], "ipv6_addresses": ["2a04:4e40::/32"]},
        [
            ("23.235.32.0-23.235.47.255", "fastly", None),
            ("2a04:4e40::-2a04:4e40:ffff:ffff:ffff:ffff:ffff:ffff", "fastly", None),
        ],
    ),
}


@pytest.mark.parametrize("source", CLOUDS)
def test_clouds_in_json(tmp_path: Path, source: str) -> None:
    content, expected = CLOUDS[source]
    clouds = parse(tmp_path, source, ranges__json=json.dumps(content))["cloud_ranges"]
    assert ranges(clouds, "cloud", "cloud_region") == expected


def test_cloudflare_and_geofeeds(tmp_path: Path) -> None:
    clouds = parse(tmp_path, "cloudflare", v4="173.245.48.0/20\n", v6="2400:cb00::/32")["cloud_ranges"]
    assert [row[0] for row in ranges(clouds)] == [
        "173.245.48.0-173.245.63.255",
        "2400:cb00::-2400:cb00:ffff:ffff:ffff:ffff:ffff:ffff",
    ]
    feed = '# a comment\n5.101.96.7/21,NL,NL-NH,Amsterdam,1098 XH\n2600:3c00::/32,US,US-TX,"Dallas, North",\n'
    feed += "5.5.5.0/24,,,,\n"
    for source in ("digitalocean", "linode", "vultr"):
        clouds = parse(tmp_path, source, feed__csv=feed)["cloud_ranges"]
        assert ranges(clouds, "cloud", "cloud_region", "metro", "country") == [
            ("5.5.5.0-5.5.5.255", source, None, None, None),
            ("5.101.96.0-5.101.103.255", source, "NL-NH", "Amsterdam", "NL"),
            ("2600:3c00::-2600:3c00:ffff:ffff:ffff:ffff:ffff:ffff", source, "US-TX", "Dallas, North", "US"),
        ]


def mrt(subtype: int, body: bytes) -> bytes:
    return struct.pack(">IHHI", 0, 13, subtype, len(body)) + body


def rib(prefix: str, *paths: bytes, path_id: bytes = b"") -> bytes:
    """A RIB record's body: a prefix, and an entry with the given AS path from each of several peers."""
    network = ip_network(prefix)
    given = network.network_address.packed[: (network.prefixlen + 7) // 8]
    body = struct.pack(">IB", 0, network.prefixlen) + given + struct.pack(">H", len(paths))
    for peer, path in enumerate(paths):
        attributes = b"\x40\x01\x01\x00" + struct.pack(">BBH", 0x50, 2, len(path)) + path
        body += struct.pack(">HI", peer, 0) + path_id + struct.pack(">H", len(attributes)) + attributes
    return body


def sequence(*numbers: int, kind: int = 2) -> bytes:
    return struct.pack(f">BB{len(numbers)}I", kind, len(numbers), *numbers)


def test_mrt_rib_counts_the_peers_of_each_origin(tmp_path: Path) -> None:
    content = mrt(1, b"peer index") + mrt(2, rib("1.1.8.0/23", sequence(174, 30), sequence(3356, 30), sequence(20)))
    content += mrt(4, rib("2001:200::/32", sequence(174) + sequence(8, 9, kind=1), b""))
    content += mrt(8, rib("9.0.0.0/8", sequence(174, 11), path_id=b"\0\0\0\1"))
    origins = parse(tmp_path, "mrt_rib", rib=content)["prefix_origins"]
    assert ranges(origins, "origin_as", "seen_by") == [
        ("1.1.8.0-1.1.9.255", 20, 1),
        ("1.1.8.0-1.1.9.255", 30, 2),
        ("9.0.0.0-9.255.255.255", 11, 1),
        ("2001:200::-2001:200:ffff:ffff:ffff:ffff:ffff:ffff", 8, 1),
        ("2001:200::-2001:200:ffff:ffff:ffff:ffff:ffff:ffff", 9, 1),
    ]
    for cut in (content[:5], content[:40], mrt(2, rib("1.1.8.0/23", sequence(1))[:-2])):
        with pytest.raises(RegistryFormatError, match=r"rib byte \d+: the .* is cut"):
            parse(tmp_path, "mrt_rib", rib=cut)


@pytest.mark.parametrize(
    ("source", "content", "told"),
    [
        ("iptoasn", "1.0.0.0\t1.0.0.255\t13335\n", "file line 1: '1.0.0.0"),
        ("iptoasn", "1.0.0.0\t1.0.0.256\t1\tUS\tX\n", "'1.0.0.256' is not an address"),
        ("iptoasn", "", "holds no rows; fetch it again"),
        ("prefix2as", "1.0.0.1\t24\t13335\n", "has host bits set"),
        ("prefix2as", "1.0.0.0\t24\t4294967296\n", "4294967296 is not an AS number"),
        ("rir_delegated", "arin|US|ipv4|1.0.0.0|256|20100101|given|x\n", "'given' is not a status of a delegation"),
        ("rir_delegated", "arin|US|asn|1|4000000000|20100101|assigned|x\n", "more than a registry gives at once"),
        ("rir_delegated", "arin|US|asn|4294967295|2|20100101|assigned|x\n", "2 AS numbers from 4294967295 on are more"),
        ("rir_delegated", "arin|US|asn|1_3|1|20100101|assigned|x\n", "'1_3' is not a whole number"),
        ("rir_delegated", "arin|US|ipv5|1.0.0.0|256|20100101|assigned|x\n", "'ipv5' is neither ipv4, ipv6 nor asn"),
        ("as_relationships", "1|2|7\n", "'7' is neither -1 nor 0"),
        ("aws", "<html>Not found</html>", "can't be read"),
        ("aws", '{"prefixes": []}', "has not the expected keys (KeyError('ipv6_prefixes'))"),
        ("aws", '{"prefixes": [{"ip_prefix": "1.0.0.0/8"}], "ipv6_prefixes": []}', "file entry 0: "),
        ("cloudflare", "\x1f\x8bnot gzip", "can't be read"),
        ("labels", "number,type\n1,x\n", "line 1: columns are number, type; a list begins with asn, kind, value"),
        ("labels", "asn,type\nfoo,x\n", "line 2: 'foo' is not an AS number; write 13335 or AS13335"),
        ("labels", "asn,type\n1,x,y\n", "line 2: has 3 cells where 2 are wanted"),
        ("labels", "asn,type\n", "holds no rows"),
    ],
)
def test_what_is_not_the_sources_own_is_refused_with_its_place(
    tmp_path: Path, source: str, content: str, told: str
) -> None:
    with pytest.raises(RegistryFormatError) as error:
        parse(tmp_path, source, file=content.encode("latin-1"))
    assert told in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_a_cut_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"1.0.0.0\t1.0.0.255\t13335\tUS\tX\n" * 1000)
    with pytest.raises(RegistryFormatError, match="can't be read"):
        parse(tmp_path, "iptoasn", cut=whole[:-20])


SHARED = {
    "rir_delegated": ("rir/delegated-*", "delegations", 40),
    "iptoasn": ("iptoasn/*.tsv", "prefix_origins", 2),
    "prefix2as": ("caida/pfx2as-excerpt.tsv", "prefix_origins", 9),
    "peeringdb": ("peeringdb/net-0.json", "networks", 3),
    "as2org": ("caida/as-org2info-excerpt.jsonl", "networks", 1),
    "as_relationships": ("caida/as-rel2-excerpt.txt", "network_evidence", 24),
    "bgp_tools": ("bgptools/*", "network_evidence", 42),
    "aws": ("aws/*", "cloud_ranges", 149),
    "gcp": ("gcp/*", "cloud_ranges", 138),
    "azure": ("azure/*", "cloud_ranges", 105),
    "oracle_cloud": ("oracle/*", "cloud_ranges", 135),
    "cloudflare": ("cloudflare/*", "cloud_ranges", 22),
    "fastly": ("fastly/*", "cloud_ranges", 21),
    "digitalocean": ("digitalocean/*", "cloud_ranges", 120),
    "linode": ("linode/*", "cloud_ranges", 117),
    "mrt_rib": ("mrt/openbgpd_rib_table-v2", "prefix_origins", 2),
}


def test_labelled_lists_long_and_wide_each_under_its_own_name(tmp_path: Path) -> None:
    told = parse(
        tmp_path, "labels",
        house__csv="asn,kind,value\nAS64500,type,neocloud\n64501,tag,vpsh\n",
        Domains__csv="ASN,domains,sites\n64500,300,\n64501,1200,7\n",
    )["network_evidence"]  # fmt: skip
    assert rows(told, "source", "asn", "kind", "value", "number") == [
        ("labels:house", 64500, "type", "neocloud", None),
        ("labels:house", 64501, "tag", "vpsh", None),
        ("labels:domains", 64500, "domains", None, 300.0),
        ("labels:domains", 64501, "domains", None, 1200.0),
        ("labels:domains", 64501, "sites", None, 7.0),
    ]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of real registry files lie beside the project, not in it")
@pytest.mark.parametrize("source", SHARED)
def test_samples_of_the_real_files_are_read(source: str) -> None:
    pattern, table, count = SHARED[source]
    tables = registries.sources()[source].parse(sorted(SAMPLES.glob(pattern)), AS_OF)
    assert tables[table].num_rows == count
