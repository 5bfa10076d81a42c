"""The columns of the flow record, from the extensions of the flow records of an nfcapd file.

Belongs here: what each field of an extension means (nfdump 1.7, src/libnffile/nfxV3.h, src/netflow/netflow_v9.c).
Does not belong here: finding records, exporters and samplers (one module each).
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._flow_record import ADDRESS
from assets.exports.formats._gathering import Column, address_array, mapped_addresses, within_calendar
from assets.exports.formats._template_records import OF_ONE_DIRECTION, POST, SWAPPED
from assets.exports.formats.nfcapd import block_records as layouts
from assets.exports.formats.nfcapd.block_records import FlowRecords, Rows, Truths
from assets.exports.formats.nfcapd.exporters import VERSIONS, Exporters

Bytes = npt.NDArray[np.uint8]
FLAG_EVENT, FLAG_SAMPLED = 1, 2
VERSION_SFLOW, VERSION_CAPTURE = 0x80, 0x40
SFLOW_V5 = VERSION_SFLOW | 5
NETFLOW_V9, IPFIX = 9, 10
SAME_NAMED = {
    layouts.GENERIC: ("src_port", "dst_port", "protocol", "tcp_flags", "tos"),
    layouts.MISC: ("in_if", "out_if", "src_mask", "dst_mask", "metering_direction"),
    layouts.ROUTING: ("src_as", "dst_as"),
}


def shared_columns(flows: FlowRecords, exporters: Exporters, unknown: bytes) -> dict[str, Column]:
    """What holds for both directions of a record; `unknown` (16 bytes) is who sent what the file does not tell."""
    generic, is_there = _extension(flows, layouts.GENERIC)
    numbers = flows.headers["exporter"]
    received, is_received = _address(flows, "exporter", layouts.RECEIVED_V4, layouts.RECEIVED_V6)
    known = exporters.addresses(unknown)[numbers]
    observation, has_observation = _extension(flows, layouts.OBSERVATION)
    domains = np.where(has_observation, observation["observation_domain"], exporters.observation_domains()[numbers])
    return {
        "exporter": address_array(np.where(is_received[:, np.newaxis], received, known)),
        "observation_domain": _where(domains, domains >= 0),
        "flow_protocol": _protocols(flows, exporters),
        **{
            name: _where(values, is_there & (values > 0))
            for name, values in _moments(generic, _versions(flows, exporters)).items()
        },
        **_sampling(flows, exporters),
    }


def _moments(generic: Rows, versions: Numbers) -> dict[str, Numbers]:
    """When a record was received, began and ended, in milliseconds.

    nfcapd 1.7 keeps flowStartSysUpTime and flowEndSysUpTime of IPFIX, which softflowd exports, the one for the other:
    a flow that ends before it begins is told the wrong way round.
    """
    moments = {name: within_calendar(generic[name].astype(np.int64)) for name in ("received_at", "start_at", "end_at")}
    start, end = moments["start_at"], moments["end_at"]
    is_swapped = (versions == IPFIX) & (end > 0) & (end < start)
    moments["start_at"], moments["end_at"] = np.where(is_swapped, end, start), np.where(is_swapped, start, end)
    return moments


def _versions(flows: FlowRecords, exporters: Exporters) -> Numbers:
    """The protocol's version of each record, its own or else its exporter's; 0 where neither tells."""
    own = flows.headers["version"]
    return np.where(own > 0, own, exporters.versions()[flows.headers["exporter"]])


def forward_columns(flows: FlowRecords) -> dict[str, Column]:
    """What the record tells of the direction that it saw first."""
    columns: dict[str, Column] = {}
    for extension, names in SAME_NAMED.items():
        values, is_there = _extension(flows, extension)
        columns |= {name: _where(values[name], is_there) for name in names}
    next_hop, has_next_hop = _address(flows, "next_hop", layouts.NEXT_HOP_V4, layouts.NEXT_HOP_V6)
    return {
        **columns,
        **_ends(flows),
        **_counters(flows, layouts.GENERIC),
        "next_hop": address_array(next_hop, has_next_hop),
        "vlan": _vlan(flows),
    }


def names_ends(flows: FlowRecords) -> Truths:
    """Which records name the addresses of both ends; others are of layer 2, or of stations of a wireless controller.

    sfcapd writes zeros as addresses of a frame that holds no IP packet.
    """
    values, is_ipv4 = _extension(flows, layouts.IPV4)
    is_frame = (flows.headers["version"] == SFLOW_V5) & (values["src_addr"] == 0) & (values["dst_addr"] == 0)
    named: Truths = is_ipv4 & ~is_frame | _extension(flows, layouts.IPV6)[1]
    return named


def bytes_counted(flows: FlowRecords, extension: int) -> int:
    """The bytes of an extension's counters of all records together."""
    values, is_there = _extension(flows, extension)
    return int(values["bytes"][is_there].astype(np.float64).sum())


def counted_twice(flows: FlowRecords) -> Truths:
    """Which records have a second count above zero beside their own."""
    counters, is_there = _extension(flows, layouts.COUNTERS)
    both: Truths = is_there & _is_counted(counters) & ~_is_counted_on_leaving(flows)
    return both


def is_behind(flows: FlowRecords, exporters: Exporters, senders: pa.Array, by_row: Mapping[bytes, str]) -> Truths:
    """Which second counts are of the same packets behind the exporter (OUT_BYTES), and not of the other direction.

    nfcapd keeps both in one place: the exporter's row says which it is. Else NetFlow v9 has no other direction but in
    the events of a firewall, which are marked. In IPFIX the elements of RFC 5103 come to lie there too: as in nfdump,
    all count as the other direction.
    """
    behind: Truths = _versions(flows, exporters) == NETFLOW_V9
    for sender, meaning in by_row.items():
        is_its = pc.equal(senders, pa.scalar(sender, ADDRESS)).to_numpy(zero_copy_only=False)
        behind = np.where(is_its, meaning == POST, behind)
    found: Truths = behind & (flows.headers["flags"] & FLAG_EVENT == 0)
    return found


def reverse_columns(flows: FlowRecords, forward: Mapping[str, Column]) -> dict[str, Column]:
    """The other direction of records that counted something there: ends swapped, counters of their own."""
    swapped = {SWAPPED.get(name, name): values for name, values in forward.items() if name not in OF_ONE_DIRECTION}
    return {**swapped, **_counters(flows, layouts.COUNTERS)}


def _extension(flows: FlowRecords, extension: int) -> tuple[Rows, Truths]:
    """An extension of every record; zeros that nobody has, if no record has it."""
    if flows.has(extension):
        return flows.extension(extension)
    return np.zeros(len(flows), layouts.EXTENSIONS[extension]), np.zeros(len(flows), np.bool_)


def _where(values: Rows, is_told: Truths) -> pa.Array:
    return pa.array(values, mask=None if is_told.all() else ~is_told)


def _protocols(flows: FlowRecords, exporters: Exporters) -> pa.Array:
    """The exporter's protocol: as the record tells it, else as its exporter's record does, else the file's format."""
    versions, numbers = flows.headers["version"], flows.headers["exporter"]
    keys, places = np.unique(versions.astype(np.uint32) << 16 | numbers, return_inverse=True)
    names = [_protocol(int(key) >> 16, int(key) & 0xFFFF, exporters) for key in keys]
    distinct = sorted(set(names))
    indices = np.array([distinct.index(name) for name in names], np.int32)[places]
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(distinct, pa.string()))


def _protocol(version: int, number: int, exporters: Exporters) -> str:
    if version == SFLOW_V5:
        return "sflow_v5"
    if version & (VERSION_SFLOW | VERSION_CAPTURE):
        return "nfcapd"
    told = exporters.exporters.get(number)
    return VERSIONS.get(version or (told.version if told else 0), "nfcapd")


def _sampling(flows: FlowRecords, exporters: Exporters) -> dict[str, Column]:
    """Interval, its source, the sampler, and whether the collector multiplied.

    sfcapd writes a sample as one packet times its rate, so its packets are the interval ("record").
    """
    generic, _ = _extension(flows, layouts.GENERIC)
    info, has_sampler = _extension(flows, layouts.SAMPLER)
    samplers = np.where(has_sampler, info["sampler_id"], 0)
    is_scaled = flows.headers["flags"] & FLAG_SAMPLED > 0
    interval = _told_intervals(flows.headers["exporter"], samplers, is_scaled, exporters)
    is_sample = is_scaled & (flows.headers["version"] == SFLOW_V5) & (generic["packets"] > 0)
    interval = np.where(is_sample, generic["packets"].astype(np.float64), interval)
    is_unknown = np.isnan(interval)
    return {
        "sampling_interval": pa.array(interval, mask=is_unknown),
        "sampling_source": pa.DictionaryArray.from_arrays(
            pa.array(is_sample.astype(np.int32), mask=is_unknown), pa.array(["options", "record"], pa.string())
        ),
        "sampler_id": _where(samplers, has_sampler),
        "is_scaled": pa.array(is_scaled),
    }


def _told_intervals(
    numbers: Numbers, samplers: Numbers, is_scaled: Truths, exporters: Exporters
) -> npt.NDArray[np.float64]:
    """The interval that the file's sampler records give each record; not a number where they give none."""
    if not exporters.samplers:
        return np.full(len(numbers), np.nan)
    keys = samplers.astype(np.uint64) << np.uint64(17) | numbers.astype(np.uint64) << np.uint64(1)
    distinct, places = np.unique(keys | is_scaled.astype(np.uint64), return_inverse=True)
    known = [exporters.interval(key >> 1 & 0xFFFF, key >> 17, is_scaled=bool(key & 1)) for key in distinct.tolist()]
    return np.array([np.nan if one is None else one for one in known], np.float64)[places]


def _counters(flows: FlowRecords, extension: int) -> dict[str, Column]:
    """Bytes and packets of one direction; an event without counters has zeros in the file, which say nothing."""
    told, is_there = _extension(flows, extension)
    values = {name: told[name] for name in ("bytes", "packets")}
    if flows.has(layouts.COUNTERS) and extension == layouts.GENERIC:
        leaving, (counters, _) = _is_counted_on_leaving(flows), _extension(flows, layouts.COUNTERS)
        values = {name: np.where(leaving, counters[name], own) for name, own in values.items()}
    is_event = flows.headers["flags"] & FLAG_EVENT > 0
    return {name: _where(own, is_there & ~(is_event & (own == 0))) for name, own in values.items()}


def _is_counted(counters: Rows) -> Truths:
    counted: Truths = (counters["packets"] > 0) | (counters["bytes"] > 0)
    return counted


def _is_counted_on_leaving(flows: FlowRecords) -> Truths:
    """Which records hold only what left the router (fields 23 and 24), which nfcapd keeps where biflows have theirs.

    An event that counted only the other way is none of them: it is a biflow that says so.
    """
    generic, _ = _extension(flows, layouts.GENERIC)
    counters, is_there = _extension(flows, layouts.COUNTERS)
    is_event = flows.headers["flags"] & FLAG_EVENT > 0
    leaving: Truths = is_there & ~_is_counted(generic) & _is_counted(counters) & ~is_event
    return leaving


def _ends(flows: FlowRecords) -> dict[str, Column]:
    source, is_known = _address(flows, "src_addr", layouts.IPV4, layouts.IPV6)
    destination, _ = _address(flows, "dst_addr", layouts.IPV4, layouts.IPV6)
    is_ipv4 = _is_told(flows, layouts.IPV4)
    return {
        "src_addr": address_array(source, is_known),
        "dst_addr": address_array(destination, is_known),
        "ip_version": _where(np.where(is_ipv4, 4, 6).astype(np.uint8), is_known),
    }


def _address(flows: FlowRecords, name: str, ipv4: int, ipv6: int) -> tuple[Bytes, Truths]:
    """An address of either family as (n, 16) bytes, and which records have it; the file keeps numbers, not bytes."""
    addresses, is_known = np.zeros((len(flows), 16), np.uint8), np.zeros(len(flows), np.bool_)
    for extension in (ipv6, ipv4):
        if not flows.has(extension):
            continue
        values, is_there = flows.extension(extension)[0], _is_told(flows, extension)
        packed = values[name].astype(">u4" if extension == ipv4 else ">u8").view(np.uint8).reshape(len(flows), -1)
        packed = mapped_addresses(packed) if extension == ipv4 else packed
        addresses = packed if is_there.all() else np.where(is_there[:, np.newaxis], packed, addresses)
        is_known |= is_there
    return addresses, is_known


def _is_told(flows: FlowRecords, extension: int) -> Truths:
    """Which records have an extension; where both families of addresses are there, IPv4's of zero say nothing."""
    values, is_there = _extension(flows, extension)
    if extension != layouts.IPV4 or not flows.has(layouts.IPV6):
        return is_there
    is_zero: Truths = (values["src_addr"] == 0) & (values["dst_addr"] == 0)
    return is_there & ~(is_zero & _extension(flows, layouts.IPV6)[1])


def _vlan(flows: FlowRecords) -> pa.Array:
    """The VLAN it came from, else the one of layer 2; tags have 12 bits, what is larger was none."""
    values, is_there = _extension(flows, layouts.VLAN)
    layer_2, has_layer_2 = _extension(flows, layouts.LAYER_2)
    tags = np.where(is_there, values["vlan"], layer_2["vlan"])
    return _where(tags.astype(np.uint16), (is_there | has_layer_2) & (tags <= np.iinfo(np.uint16).max))
