{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
),

networks as (
    select * from {{ ref('networks') }}
),

newest as (
    select max(quarter) as quarter from traffic
),

volumes as (
    select
        traffic.quarter,
        traffic.network_key,
        sum(traffic.bits) as bits
    from traffic
    inner join newest on traffic.quarter = newest.quarter
    group by all
),

answers as (
    select * from types
    where "override" is null
),

wholes as (
    select sum(bits) as bits from volumes
)

select
    row_number() over (order by volumes.bits desc, volumes.network_key) as position,
    volumes.quarter,
    volumes.network_key,
    networks.name,
    networks.organisation,
    cast(volumes.bits as decimal(38, 0)) as bits,
    cast(volumes.bits as double) / nullif(cast(wholes.bits as double), 0) as share_of_bits,
    answers.network_kind,
    answers.rule,
    answers.confidence,
    networks.evidence,
    networks.runner_up,
    networks.snapshot_on
from volumes
cross join wholes
inner join answers on volumes.quarter = answers.quarter and volumes.network_key = answers.network_key
inner join networks on volumes.network_key = networks.network_key
where answers.confidence < {{ confidence_to_review() }} and volumes.network_key not in ('own', 'unknown')
order by position
