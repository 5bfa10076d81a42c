with types as (
    select * from {{ ref('network_types_by_quarter') }}
),

traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

networks as (
    select * from {{ ref('networks') }}
),

volumes as (
    select
        quarter,
        network_key,
        "override",
        sum(bits) as bits
    from traffic
    group by all
),

changed as (
    select
        types.quarter,
        types.network_key,
        types."override",
        before.network_type as previous_network_type,
        types.network_type,
        before.rule as previous_rule,
        types.rule,
        types.confidence,
        types.reason,
        case when types.valid_from > before.map_on then types.valid_from else before.valid_to + 1 end as changed_on
    from types
    inner join types as before
        on
            {{ quarter_before('types.quarter') }} = before.quarter
            and types.network_key = before.network_key
            and types."override" is not distinct from before."override"
    where types.network_type != before.network_type and {{ is_selected_quarter('types.quarter') }}
)

-- An override's prefix is an address range and stays in core: its part of a network is a row like any other.
select
    changed.quarter,
    make_date(cast(changed.quarter[1:4] as integer), 3 * cast(changed.quarter[6:6] as integer) - 2, 1)
        as quarter_began_on,
    changed.network_key,
    changed.previous_network_type,
    changed.network_type,
    min(networks.name) as name,
    min(changed.previous_rule) as previous_rule,
    min(changed.rule) as rule,
    min(changed.confidence) as confidence,
    min(changed.reason) as reason,
    min(changed.changed_on) as changed_on,
    cast(coalesce(sum(volumes.bits), 0) as decimal(38, 0)) as bits,
    cast(coalesce(sum(volumes_before.bits), 0) as decimal(38, 0)) as previous_bits
from changed
inner join networks on changed.network_key = networks.network_key
left join volumes
    on
        changed.quarter = volumes.quarter
        and changed.network_key = volumes.network_key
        and changed."override" is not distinct from volumes."override"
left join volumes as volumes_before
    on
        {{ quarter_before('changed.quarter') }} = volumes_before.quarter
        and changed.network_key = volumes_before.network_key
        and changed."override" is not distinct from volumes_before."override"
group by all
having coalesce(sum(volumes.bits), 0) + coalesce(sum(volumes_before.bits), 0) > 0
order by changed.quarter, changed.network_key, changed.previous_network_type, changed.network_type
