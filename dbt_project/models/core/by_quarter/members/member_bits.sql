{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

types_before as (
    select * from {{ ref('quarter_types_before') }}
),

withheld_networks as (
    select * from {{ ref('withheld_networks') }}
),

by_network as (
    select
        quarter,
        region,
        network_type,
        network_key,
        "override",
        sum(bits) as bits,
        sum(bits_variance) as bits_variance
    from traffic
    group by all
),

-- What each network counted as a quarter ago: bits that are in a cell only because the map changed.
with_type_before as (
    select
        by_network.*,
        coalesce(types_before.network_type_before, by_network.network_type) as network_type_before
    from by_network
    left join types_before
        on
            by_network.quarter = types_before.quarter
            and by_network.network_key = types_before.network_key
            and by_network."override" is not distinct from types_before."override"
),

in_cells as (
    select
        memberships.dimension,
        memberships.member,
        with_type_before.quarter,
        with_type_before.network_key,
        bool_or(withheld_networks.is_withheld) as is_withheld,
        sum(with_type_before.bits) as bits,
        sum(with_type_before.bits_variance) as bits_variance
    from with_type_before
    inner join memberships
        on
            {{ is_member('with_type_before') }}
    left join withheld_networks
        on
            with_type_before.quarter = withheld_networks.quarter
            and with_type_before.network_type = withheld_networks.network_type
            and with_type_before.network_key = withheld_networks.network_key
    group by
        memberships.dimension, memberships.member, with_type_before.quarter, with_type_before.network_key
),

under_map_before as (
    select
        memberships.dimension,
        memberships.member,
        with_type_before.quarter,
        sum(with_type_before.bits) as bits
    from with_type_before
    inner join memberships
        on
            with_type_before.quarter = memberships.quarter
            and with_type_before.network_type_before = memberships.network_type
            and (memberships.region is null or with_type_before.region = memberships.region)
    group by all
),

cells as (
    select
        dimension,
        member,
        quarter,
        cast(sum(bits) as double) as bits,
        {{ ratio('max(bits)', 'sum(bits)') }} as top_network_share,
        coalesce(max(bits) filter (where is_withheld) = max(bits), false) as is_top_network_withheld,
        {{ relative_standard_error('sum(bits_variance)', 'sum(bits)') }} as relative_standard_error
    from in_cells
    group by all
)

-- A cell whose networks all count elsewhere now has no traffic, and yet what the map moved.
select
    coalesce(cells.quarter, under_map_before.quarter) as quarter,
    coalesce(cells.dimension, under_map_before.dimension) as dimension,
    coalesce(cells.member, under_map_before.member) as member,
    cells.top_network_share,
    cells.is_top_network_withheld,
    cells.relative_standard_error,
    coalesce(cells.bits, 0) as bits,
    coalesce(cells.bits, 0) - coalesce(cast(under_map_before.bits as double), 0) as reclassified_bits
from cells
full join under_map_before
    on
        cells.quarter = under_map_before.quarter
        and cells.dimension = under_map_before.dimension
        and cells.member = under_map_before.member
