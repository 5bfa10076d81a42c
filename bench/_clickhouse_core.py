"""Core of a day as ClickHouse's users would write it: the same rows of all that dbt makes of flow records.

Belongs here: the statements, and running them in chDB. Does not belong here: timing others (bench/warehouse.py).
Run as a program with the folder of chDB's package, the lake, the day and a folder for its tables; prints the seconds
of the statements. Records are resolved and spread once, as ours are: with a table of parts chDB takes less time than
when each statement reads Parquet itself. The operator's rows are joined without their dates of validity, which are open
in the bench, and the bench has no own rules of networks.
"""

import sys
import time
from pathlib import Path

RESOLVED = """
with
    records as (
        select
            *,
            toInt64(toUnixTimestamp64Milli(start_at)) as start_ms,
            toInt64(toUnixTimestamp64Milli(end_at)) as end_ms,
            toInt64(toUnixTimestamp64Milli(received_at)) as exported_ms
        from file('{lake}/exports/flow_records/export_on={day}/flow_records.parquet', Parquet)
    ),
    exporters as (
        select e.exporter as exporter, e.exporter_address as exporter_address, e.sampling_interval as configured,
            e.as_numbers as as_numbers, e.active_timeout_s as active_timeout_s, e.site as site, s.metro as site_metro,
            s.region as region
        from file('{lake}/operator/exporters/exporters.parquet', Parquet) as e
        left join file('{lake}/operator/sites/sites.parquet', Parquet) as s on e.site = s.site
    ),
    interfaces as (
        select exporter, if_index, interface, role, connectivity, provider
        from file('{lake}/operator/interfaces/interfaces.parquet', Parquet)
    ),
    ranges as (
        select range_id, is_own, origin_as as planned_as, cloud, cloud_region, country, override
        from file('{lake}/registry/address_ranges/plan_as_of={plan}/address_ranges.parquet', Parquet)
    ),
    sided as (
        select
            r.export_on as export_on, r.plan_as_of as plan_as_of, r.ip_version as ip_version,
            e.exporter_address as exporter, e.site as site, e.site_metro as site_metro, e.region as region,
            e.as_numbers as as_numbers, start_ms, end_ms,
            multiIf(
                i.role = 'external' and o.role = 'external', 'transit', i.role = 'external', 'ingress',
                o.role = 'external', 'egress', 'internal') as direction,
            if(direction = 'ingress', src_addr, dst_addr) as peer_address,
            if(direction = 'ingress', src_range, dst_range) as peer_range,
            if(direction = 'ingress', src_as, dst_as) as exported_as,
            if(direction = 'ingress', i.interface, o.interface) as interface,
            if(direction = 'ingress', i.connectivity, o.connectivity) as connectivity,
            if(direction = 'ingress', i.provider, o.provider) as provider,
            coalesce(r.sampling_interval, e.configured) as n,
            toInt64(r.bytes) * 8 * toInt64(n) as bits,
            toInt64(r.bytes) as bytes_as_exported,
            toInt64(r.packets) as sampled_packets,
            if(direction = 'ingress', dst_addr, src_addr) as own_address, r.protocol as protocol,
            multiIf(
                start_ms < exported_ms - e.active_timeout_s * 1000 - 300000 or end_ms > exported_ms + 300000
                    or end_ms < start_ms, 'implausible_time',
                direction in ('transit', 'internal'), direction, 'published') as reason,
            toInt128(floor(n * (n - 1) * 64 * r.bytes * toFloat64(r.bytes) / r.packets + 0.5)) as bits_variance
        from records as r
        inner join exporters as e on r.exporter = e.exporter
        left join interfaces as i on r.exporter = i.exporter and r.in_if = i.if_index
        left join interfaces as o on r.exporter = o.exporter and r.out_if = o.if_index
    ),
    resolved as (
        select
            s.*, p.planned_as as planned_as, p.cloud as cloud, p.cloud_region as cloud_region,
            coalesce(p.country, 'unknown') as country,
            p.override as override, coalesce(p.is_own, false) as is_own,
            if(s.connectivity = 'private_interconnect', toUInt32OrNull(substring(s.provider, 3)), null) as provider_as,
            if(s.as_numbers = 'origin' and exported_as not in (0, 23456, 64500, 65535)
                and not (exported_as between 64496 and 65551), exported_as, null) as believed_as,
            multiIf(
                provider_as is not null, 'interface', is_own, 'own', cloud is not null, 'cloud_prefixes',
                believed_as is not null, 'record_as', planned_as is not null, 'address_plan',
                'unknown') as network_rule,
            multiIf(
                network_rule = 'interface', concat('as:', toString(provider_as)), network_rule = 'own', 'own',
                network_rule = 'cloud_prefixes', concat('cloud:', cloud, '/', cloud_region),
                network_rule = 'record_as', concat('as:', toString(believed_as)),
                network_rule = 'address_plan', concat('as:', toString(planned_as)), 'unknown') as network_key,
            coalesce(site_metro, cloud_region, 'unknown') as metro,
            multiIf(site_metro is not null, 'interconnect_site', cloud_region is not null, 'cloud_region', 'unknown')
                as metro_source,
            coalesce(provider_as, believed_as, planned_as) as origin_as,
            intDiv(start_ms, 300000) as first_bin,
            if(reason = 'published' and end_ms > start_ms, intDiv(end_ms - 1, 300000), first_bin) as last_bin,
            end_ms - start_ms as length_ms,
            (first_bin + 1) * 300000 - start_ms as first_overlap_ms
        from sided as s
        left join ranges as p on s.peer_range = p.range_id
    ),
    spread as (select *, arrayJoin(range(first_bin, last_bin + 1)) as bin from resolved)
"""
PART = """multiIf(
    first_bin = last_bin, toInt128({amount}),
    bin = first_bin, intDiv(toInt128({amount}) * first_overlap_ms, length_ms),
    bin < last_bin, intDiv(toInt128({amount}) * 300000, length_ms),
    {amount} - intDiv(toInt128({amount}) * first_overlap_ms, length_ms)
        - (last_bin - first_bin - 1) * intDiv(toInt128({amount}) * 300000, length_ms))"""
PARTS = """
select
    export_on, toDate(bin * 300, 'UTC') as event_on, toDateTime(bin * 300, 'UTC') as bin_at, network_key, network_rule,
    origin_as, cloud, cloud_region, country, override, plan_as_of, exporter, interface, site, metro, metro_source,
    region, connectivity, direction, ip_version, n as sampling_interval, peer_address, own_address, protocol, reason,
    bin = first_bin as is_first_part, toInt32(floor(log2(greatest(bits / 8, 1)))) as size_class,
    {bytes_as_exported} as bytes_as_exported_part, {bits} as bits_part, {sampled_packets} as sampled_packets_part,
    {bits_variance} as bits_variance_part
from spread
"""
TRAFFIC_BINS = """
select
    export_on, event_on, bin_at, network_key, network_rule, origin_as, cloud, cloud_region, country, override,
    plan_as_of, exporter, interface, site, metro, metro_source, region, connectivity, direction, ip_version,
    sampling_interval, sum(bits_part) as bits, sum(sampled_packets_part) as sampled_packets,
    sum(bits_variance_part) as bits_variance
from core.parts
where reason = 'published'
group by all
"""
PEER_ADDRESS_DAYS = """
select
    export_on, event_on, network_key, override, metro, metro_source, region, connectivity, cloud, cloud_region, country,
    direction, ip_version, sampling_interval, peer_address,
    if(ip_version = 6, substring(peer_address, 1, 8), peer_address) as subscriber,
    sum(bits_part) as bits, sum(sampled_packets_part) as sampled_packets,
    groupBitOr(bitShiftLeft(toUInt32(1), toHour(bin_at, 'UTC'))) as hours_touched
from core.parts
where reason = 'published'
group by all
"""
FLOW_SIZES = """
select
    export_on, event_on, network_key, override, region, direction, size_class, sum(is_first_part) as flow_records,
    sum(bits_part) as bits
from core.parts
where reason = 'published'
group by all
"""
CONSERVATION = """
select
    export_on, exporter, reason, sum(is_first_part) as records, sum(bytes_as_exported_part) as bytes_as_exported,
    sum(bits_part) as bits
from core.parts
group by all
"""
# As long after an export day's begin, and before its end, as runs may hang together with those of its neighbours.
AFTER_BEGIN_S, BEFORE_END_S, PAUSE_S = 1200, 3000, 900
CONVERSATION = "own_address, peer_address, protocol, direction, region, network_key"
CONVERSATION_BINS = f"""
with
    addresses as (
        select peer_address, sum(bits) as day_bits from core.peer_address_days group by peer_address
        having day_bits >= {{part_bits}}
    ),
    conversations as (
        select {CONVERSATION} from core.parts
        where
            reason = 'published'
            and peer_address in (select peer_address from addresses where day_bits >= {{elephant_bits}})
        group by all
        having sum(bits_part) >= {{elephant_bits}}
        union distinct
        select {CONVERSATION} from core.parts
        where
            reason = 'published' and peer_address in (select peer_address from addresses)
            and (
                dateDiff('second', toDateTime(export_on, 'UTC'), bin_at) <= {AFTER_BEGIN_S}
                or dateDiff('second', bin_at, toDateTime(export_on + 1, 'UTC')) <= {BEFORE_END_S}
            )
    ),
    bins as (
        select
            export_on, event_on, bin_at, {CONVERSATION}, override, sum(bits_part) as bits,
            sum(sampled_packets_part) as sampled_packets
        from core.parts
        where reason = 'published' and ({CONVERSATION}) in (select {CONVERSATION} from conversations)
        group by all
    ),
    marked as (
        select
            *,
            bin_at > {PAUSE_S} + lagInFrame(bin_at, 1, toDateTime(0, 'UTC')) over (
                partition by {CONVERSATION} order by bin_at rows between unbounded preceding and unbounded following
            ) as is_begin
        from bins
    ),
    numbered as (
        select *, sum(is_begin) over (partition by {CONVERSATION} order by bin_at) as run from marked
    ),
    with_whole as (
        select
            *,
            sum(bits) over (partition by {CONVERSATION}) as day_bits,
            min(bin_at) over (partition by {CONVERSATION}, run) as run_began_at,
            max(bin_at) over (partition by {CONVERSATION}, run) as run_ended_at
        from numbered
    )
select export_on, event_on, bin_at, {CONVERSATION}, override, bits, sampled_packets
from with_whole
where
    day_bits >= {{elephant_bits}}
    or (
        day_bits >= {{part_bits}}
        and (
            dateDiff('second', toDateTime(export_on, 'UTC'), run_began_at) <= {AFTER_BEGIN_S}
            or dateDiff('second', run_ended_at, toDateTime(export_on + 1, 'UTC')) <= {BEFORE_END_S}
        )
    )
"""
TABLES = {
    "traffic_bins": TRAFFIC_BINS,
    "peer_address_days": PEER_ADDRESS_DAYS,
    "flow_sizes": FLOW_SIZES,
    "conservation": CONSERVATION,
    "conversation_bins": CONVERSATION_BINS,
}
AMOUNTS = ("bytes_as_exported", "bits", "sampled_packets", "bits_variance")
CHECKED = "select count(), toString(coalesce(sum(bits), 0)) from {table}"


def statements(lake: Path, day: str, plan: str, elephant_bits: str) -> dict[str, str]:
    """The statement that fills each table."""
    parts = {amount: PART.format(amount=amount) for amount in AMOUNTS}
    made = {"parts": RESOLVED.format(lake=lake, day=day, plan=plan) + PARTS.format(**parts)}
    return made | {
        name: text.format(elephant_bits=elephant_bits, part_bits=int(elephant_bits) // 1000)
        for name, text in TABLES.items()
    }


def main(lake: Path, day: str, plan: str, elephant_bits: str, kept_in: Path) -> None:
    from chdb.session import Session

    session = Session(str(kept_in))
    session.query("create database core")
    seconds = 0.0
    for name, statement in statements(lake, day, plan, elephant_bits).items():
        began = time.perf_counter()
        session.query(
            f"create table core.{name} engine = MergeTree order by tuple() as {statement} "
            "settings allow_suspicious_low_cardinality_types = 1"
        )
        seconds += time.perf_counter() - began
    for name in TABLES:
        print(session.query(CHECKED.format(table=f"core.{name}"), "TSV").data().strip().replace("\t", " "))
    print(seconds)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    main(Path(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5], Path(sys.argv[6]))
