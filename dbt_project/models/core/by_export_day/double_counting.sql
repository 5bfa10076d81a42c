{{ config(pre_hook='{{ join_as_written() }}', post_hook='{{ join_as_planned() }}') }}

{%- set flow = number_of(['src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol']) %}

with records as (
    select
        *,
        {{ flow }} as flow
    from {{ ref('int_flow_records__sided') }}
    where
        set_apart is null and protocol in (6, 17) and src_port > 0 and dst_port > 0
        and {{ is_looked_at(flow) }}
),

-- A point is where packets are met: an exporter, and the metering that it names.
looked_at as (
    select
        export_on,
        exporter_address as exporter,
        exporter_address || '/' || coalesce(cast(metering_direction as varchar), '') as point,
        flow,
        start_ms,
        end_ms,
        greatest(end_ms, start_ms + {{ shortest_record_ms() }}) as until_ms,
        bytes_as_exported,
        packets
    from records
),

-- The same counts over the same span are the same record, exported twice. Samples of packets have no span, and many of
-- one flow are alike.
numbered as (
    select
        *,
        row_number() over (
            partition by export_on, point, flow, start_ms, end_ms, bytes_as_exported, packets
        ) as copy
    from looked_at
),

elsewhere as (
    select
        export_on,
        exporter,
        point,
        flow,
        start_ms,
        until_ms
    from looked_at
),

judged as (
    select
        numbered.*,
        (numbered.copy > 1 and numbered.end_ms > numbered.start_ms) or exists (
            select 1 from elsewhere
            where
                elsewhere.export_on = numbered.export_on
                and elsewhere.flow = numbered.flow
                and elsewhere.point < numbered.point
                and elsewhere.start_ms < numbered.until_ms
                and elsewhere.until_ms > numbered.start_ms
        ) as is_met_again
    from numbered
)

select
    export_on,
    exporter,
    cast(count(*) as bigint) as records_judged,
    cast(sum(bytes_as_exported) as decimal(38, 0)) as bytes_judged,
    cast(coalesce(sum(bytes_as_exported) filter (where is_met_again), 0) as decimal(38, 0)) as bytes_met_again
from judged
group by all
order by all
