{{ config(pre_hook='{{ join_as_written() }}', post_hook='{{ join_as_planned() }}') }}

with records as (
    select * from {{ ref('int_flow_records__sided') }}
    where
        metering = 'both'
        and metering_direction is not null
        and coalesce(set_apart, 'published') not in ('implausible_time', 'implausible_amount')
),

-- A record that was dropped has the number of the metering that its twin would have.
keyed as (
    select
        export_on,
        exporter_address as exporter,
        coalesce(set_apart = 'kept_one_of_two', false) as is_dropped,
        case
            when set_apart = 'kept_one_of_two' then 1 - cast(metering_direction as integer)
            else cast(metering_direction as integer)
        end as kept_direction,
        {{ number_of(['src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol']) }} as flow,
        {{ must_have_twin('records') }} as is_judged,
        start_ms,
        greatest(end_ms, start_ms + {{ shortest_record_ms() }}) as until_ms,
        bytes_as_exported
    from records
),

-- Of the kept records of the same packets: until when those that began before lasted, and when the next one began.
beside_kept as (
    select
        *,
        max(until_ms) filter (where not is_dropped) over earlier as kept_until_ms,
        min(start_ms) filter (where not is_dropped) over later as kept_from_ms
    from keyed
    window
        earlier as (
            partition by export_on, exporter, flow, kept_direction
            order by start_ms rows between unbounded preceding and current row
        ),
        later as (
            partition by export_on, exporter, flow, kept_direction
            order by start_ms rows between current row and unbounded following
        )
),

dropped as (
    select
        *,
        coalesce(kept_until_ms > start_ms, false) or coalesce(kept_from_ms < until_ms, false) as has_twin
    from beside_kept
    where is_dropped
)

select
    export_on,
    exporter,
    cast(count(*) as bigint) as records_dropped,
    cast(sum(bytes_as_exported) as decimal(38, 0)) as bytes_dropped,
    cast(coalesce(sum(bytes_as_exported) filter (where is_judged), 0) as decimal(38, 0)) as bytes_judged,
    cast(coalesce(sum(bytes_as_exported) filter (where is_judged and not has_twin), 0) as decimal(38, 0))
        as bytes_without_twin
from dropped
group by all
order by all
