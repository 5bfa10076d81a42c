"""Flows against the octets that the routers' own interface counters tell, by interface and day.

Belongs here: reading counters (SNMP's ifHCInOctets and ifHCOutOctets) and the query that sets flows beside them. Does
not belong here: amounts of flows alone (checks._amounts), limits (limits.csv).
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from assets.ground.paths_in_sql import as_pattern, quoted
from assets.ground.workspace import Workspace
from checks._series import RECENT
from checks._topic import placed

FILE, FOLDER = "interface_counters.csv", "interface_counters"
COLUMNS = ("exporter", "interface", "read_at", "in_octets", "out_octets")
WITHOUT_COUNTERS = "select null::double as share_off where false"


class CountersError(Exception):
    """The counters can't be read; the message names the file, the reason and what is wanted."""


def counter_files(operator_folder: Path) -> list[Path]:
    """The operator's files of counters: one beside the others, and those of a folder, which may be compressed."""
    single, folder = operator_folder / FILE, operator_folder / FOLDER
    return [*([single] if single.exists() else []), *sorted(folder.glob("*.csv")), *sorted(folder.glob("*.csv.gz"))]


def flows_beside_counters(workspace: Workspace) -> str:
    """Per day, external interface and direction the bits of flows and of counters, and by what part they differ.

    What can't be read, and files of which no reading is of an external interface, have rows without a part.
    """
    files = counter_files(workspace.operator_folder)
    if not files:
        return WITHOUT_COUNTERS
    _refuse_other_columns(files)
    listed = ", ".join(quoted(as_pattern(path)) for path in files)
    return placed(QUERY, workspace).replace("READINGS", f"read_csv([{listed}], {OPTIONS})")


OPTIONS = "header = true, all_varchar = true, union_by_name = true, filename = true, delim = ',', quote = '\"'"


def _refuse_other_columns(files: Sequence[Path]) -> None:
    for path in files:
        try:
            with duckdb.connect() as database:
                found = database.execute(
                    f"describe from read_csv($path, {OPTIONS})", {"path": as_pattern(path)}
                ).fetchall()
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise CountersError(f"{path}: can't be read ({reason}); write a CSV of {','.join(COLUMNS)}") from error
        if lacking := [name for name in COLUMNS if name not in {column for column, *_ in found}]:
            raise CountersError(f"{path}: lacks {', '.join(lacking)}; its first line must name {','.join(COLUMNS)}")


# A counter that fell wrapped if it stood in the upper half of 32 or of 64 bits; else it began anew, and how much was
# moved in between is not known. Of what is known, whole bins are compared in which the router's flows came. Interfaces
# that move less than a hundredth of their router's octets have mostly other things than flows.
QUERY = f"""
    with written as (
        select filename, trim(exporter) as exporter, trim(interface) as interface, read_at as read_at_text,
            in_octets as in_octets_text, out_octets as out_octets_text
        from READINGS
    ),
    readings as (
        select *,
            try_cast(in_octets_text as uhugeint) as in_octets,
            try_cast(out_octets_text as uhugeint) as out_octets,
            case
                when regexp_full_match(read_at_text, '[0-9]{{9,11}}')
                    then make_timestamp(read_at_text::bigint * 1000000)
                else try_cast(read_at_text as timestamp)
            end as read_at
        from written
    ),
    unreadable as (
        select filename, exporter, interface, read_at_text, in_octets_text, out_octets_text from readings
        where read_at is null or in_octets is null or out_octets is null limit 100
    ),
    routers as (select distinct exporter_address, name from read_parquet('{{operator/exporters}}')),
    links as (
        select exporter_address, interface, if_index, speed_bps, coalesce(valid_from, date '0001-01-01') as valid_from,
            coalesce(valid_to, date '9999-12-31') as valid_to
        from read_parquet('{{operator/interfaces}}') where role = 'external'
    ),
    known as (
        select distinct links.exporter_address as exporter, links.interface, links.speed_bps,
            readings.read_at, readings.in_octets, readings.out_octets
        from readings
        inner join routers on readings.exporter in (routers.exporter_address, routers.name)
        inner join links
            on routers.exporter_address = links.exporter_address
            and readings.interface in (links.interface, links.if_index::varchar)
            and readings.read_at::date between links.valid_from and links.valid_to
        where in_octets is not null and out_octets is not null
            and read_at >= (select date_trunc('quarter', max(export_on)) - interval 6 month from core.exporter_bins)
    ),
    counters as (
        select exporter, interface, speed_bps, read_at, 'ingress' as direction, in_octets as octets from known
        union all
        select exporter, interface, speed_bps, read_at, 'egress', out_octets from known
    ),
    steps as (
        select *, lag(read_at) over followed as read_before, lag(octets) over followed as octets_before
        from counters window followed as (partition by exporter, interface, direction order by read_at, octets)
    ),
    amounts as (
        select *, epoch(read_at) - epoch(read_before) as seconds,
            8 * case
                when octets >= octets_before then octets - octets_before
                when octets_before >= 9223372036854775808 then 18446744073709551616 - octets_before + octets
                when octets_before between 2147483648 and 4294967295 then 4294967296 - octets_before + octets
            end::double as bits
        from steps where read_before is not null
    ),
    moved as (
        select * from amounts
        where bits is not null and seconds > 0 and seconds <= 172800
            and bits <= 1.1 * seconds * coalesce(speed_bps, 1e15)
    ),
    parts as (
        select exporter, interface, direction, read_at, read_before, bits, seconds, unnest(generate_series(
            time_bucket(interval 5 minute, read_before), read_at - interval 1 millisecond, interval 5 minute
        )) as bin_at
        from moved
    ),
    shares as (
        select *, least(epoch(read_at), epoch(bin_at) + 300) - greatest(epoch(read_before), epoch(bin_at)) as part_s
        from parts
    ),
    counted as (
        select exporter, interface, direction, bin_at, sum(bits * part_s / seconds) as counter_bits
        from shares
        where (exporter, bin_at) in (
            select (exporter, bin_at) from core.exporter_bins where coalesce(is_covered, datagrams > 0) and {RECENT}
        )
        group by all having sum(part_s) >= 299
    ),
    flows as (
        select exporter, interface, direction, bin_at, sum(bits)::double as flow_bits
        from core.placed_traffic_bins where {RECENT} group by all
    ),
    days as (
        select counted.bin_at::date as event_on, counted.exporter, counted.interface, counted.direction,
            sum(counted.counter_bits) as counter_bits, coalesce(sum(flows.flow_bits), 0) as flow_bits
        from counted left join flows using (exporter, interface, direction, bin_at)
        group by all having count(*) >= 72
    ),
    busy as (
        select * from days
        qualify counter_bits > 0.01 * sum(counter_bits) over (partition by event_on, exporter)
    )
    select event_on, exporter, interface, direction, flow_bits, counter_bits, null as what,
        abs(flow_bits - counter_bits) / counter_bits as share_off
    from busy
    union all
    select null, exporter, interface, null, null, null,
        concat(parse_filename(filename), ' has ', concat_ws(',', read_at_text, in_octets_text, out_octets_text)), null
    from unreadable
    union all
    select null, null, null, null, null, null, 'no reading is of an external interface of interfaces.csv', null
    where not exists (select 1 from known)
    order by share_off desc nulls first, event_on desc, exporter, interface, direction
"""
