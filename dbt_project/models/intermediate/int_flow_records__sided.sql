with records as (
    select
        *,
        -- Own prefixes are asked only where roles do not tell.
        case when side_by_roles is null then src_range end as asked_source,
        case when side_by_roles is null then dst_range end as asked_destination
    from {{ ref('int_flow_records__measured') }}
),

own_ranges as (
    select
        plan_as_of,
        range_id
    from {{ ref('stg_registry__address_ranges') }}
    where is_own
),

sided as (
    select
        records.*,
        coalesce(
            records.side_by_roles,
            case
                when own_sources.range_id is not null and own_destinations.range_id is not null then 'internal'
                when own_destinations.range_id is not null then 'ingress'
                when own_sources.range_id is not null then 'egress'
                else 'transit'
            end
        ) as side
    from records
    left join own_ranges as own_sources
        on records.plan_as_of = own_sources.plan_as_of and records.asked_source = own_sources.range_id
    left join own_ranges as own_destinations
        on records.plan_as_of = own_destinations.plan_as_of and records.asked_destination = own_destinations.range_id
),

-- The interface by which the record crossed the boundary; else the one that it came in by.
with_speed as (
    select
        *,
        case when side = 'egress' then out_speed_bps else in_speed_bps end as speed_bps
    from sided
)

select
    *,
    case
        when is_implausible then 'implausible_time'
        when {{ is_implausible_amount('with_speed') }} then 'implausible_amount'
        when metering = 'both' and metering_direction = case when side = 'egress' then 0 else 1 end
            then 'kept_one_of_two'
        when side in ('transit', 'internal') then side
    end as set_apart
from with_speed
