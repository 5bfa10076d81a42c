{{ config(materialized='view') }}

with variants as (
    select * from {{ ref('pair_variants') }}
),

cells_of_types as (
    select * from {{ ref('cells_of_types') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

-- By region, and (region null) of any exporter.
covered_counts as (
    select
        quarter,
        region,
        count(*) as covered_bins
    from covered
    group by quarter, region
    union all
    select
        quarter,
        null as region,
        count(distinct bin_at) as covered_bins
    from covered
    group by quarter
),

in_cells as (
    select
        variants.quarter,
        variants.previous_quarter,
        cells_of_types.dimension,
        cells_of_types.member,
        cells_of_types.region,
        variants.variant,
        sum(variants.bits) as bits,
        sum(
            case when cells_of_types.region is null then variants.any_covered_bits else variants.region_covered_bits end
        ) as covered_bits
    from variants
    inner join cells_of_types
        on
            variants.definitions_of = cells_of_types.quarter
            and variants.network_type = cells_of_types.network_type
            and (cells_of_types.region is null or variants.region = cells_of_types.region)
    group by all
),

cells as (
    select
        quarter,
        previous_quarter,
        dimension,
        member,
        region,
        {{ bits_of_variants('bits', 'bits') }},
        {{ bits_of_variants('covered_bits', 'covered') }}
    from in_cells
    group by quarter, previous_quarter, dimension, member, region
)

select
    cells.*,
    coalesce(now.covered_bins, 0) as bins,
    coalesce(before.covered_bins, 0) as previous_bins
from cells
left join covered_counts as now on cells.quarter = now.quarter and cells.region is not distinct from now.region
left join covered_counts as before
    on cells.previous_quarter = before.quarter and cells.region is not distinct from before.region
