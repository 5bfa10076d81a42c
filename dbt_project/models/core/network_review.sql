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
    select
        max(quarter) as quarter,
        max(event_on) as event_on
    from traffic
),

volumes as (
    select
        traffic.network_key,
        sum(traffic.bits) as bits
    from traffic
    cross join newest
    where traffic.event_on > newest.event_on - {{ days_to_review() }}
    group by all
),

answers as (
    select types.*
    from types
    inner join newest on types.quarter = newest.quarter
    where types."override" is null
),

wholes as (
    select sum(bits) as bits from volumes
)

select
    row_number() over (order by volumes.bits desc, volumes.network_key) as position,
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
inner join answers on volumes.network_key = answers.network_key
inner join networks on volumes.network_key = networks.network_key
where answers.confidence < {{ confidence_to_review() }} and volumes.network_key != 'own'
order by position
