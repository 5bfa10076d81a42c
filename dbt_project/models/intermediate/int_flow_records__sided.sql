with records as (
    select * from {{ ref('int_flow_records__measured') }}
),

interfaces as (
    select * from {{ ref('stg_operator__interfaces') }}
),

own_ranges as (
    select
        plan_as_of,
        range_id
    from {{ ref('stg_registry__address_ranges') }}
    where is_own
),

with_roles as (
    select
        records.*,
        into_us.role as in_role,
        out_of_us.role as out_role,
        into_us.interface as in_interface,
        out_of_us.interface as out_interface,
        into_us.connectivity as in_connectivity,
        out_of_us.connectivity as out_connectivity,
        into_us.provider as in_provider,
        out_of_us.provider as out_provider,
        into_us.speed_bps as in_speed_bps,
        out_of_us.speed_bps as out_speed_bps,
        own_sources.range_id is not null as is_own_source,
        own_destinations.range_id is not null as is_own_destination
    from records
    left join interfaces as into_us
        on
            records.exporter = into_us.exporter
            and records.in_if = into_us.if_index
            and records.judged_on between into_us.valid_from and into_us.valid_to
    left join interfaces as out_of_us
        on
            records.exporter = out_of_us.exporter
            and records.out_if = out_of_us.if_index
            and records.judged_on between out_of_us.valid_from and out_of_us.valid_to
    left join own_ranges as own_sources
        on records.plan_as_of = own_sources.plan_as_of and records.src_range = own_sources.range_id
    left join own_ranges as own_destinations
        on records.plan_as_of = own_destinations.plan_as_of and records.dst_range = own_destinations.range_id
),

-- The interfaces' roles first, a known external side before an unknown one; own prefixes only where roles do not tell.
sided as (
    select
        *,
        case
            when in_role = 'external' and out_role = 'external' then 'transit'
            when in_role = 'external' then 'ingress'
            when out_role = 'external' then 'egress'
            when in_role = 'internal' and out_role = 'internal' then 'internal'
            when is_own_source and is_own_destination then 'internal'
            when is_own_destination then 'ingress'
            when is_own_source then 'egress'
            else 'transit'
        end as side
    from with_roles
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
