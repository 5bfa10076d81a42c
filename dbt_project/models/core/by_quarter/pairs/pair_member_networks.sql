{{ config(materialized='table') }}

with variants as (
    select * from {{ ref('pair_variants') }}
    where variant in ('previous', 'current')
),

cells_of_types as (
    select * from {{ ref('cells_of_types') }}
)

-- Each quarter as published: under its own map and definitions.
select
    variants.quarter,
    variants.previous_quarter,
    variants.variant,
    cells_of_types.dimension,
    cells_of_types.member,
    variants.week,
    variants.network_key,
    sum(variants.bits) as bits
from variants
inner join cells_of_types
    on
        variants.definitions_of = cells_of_types.quarter
        and variants.network_type = cells_of_types.network_type
        and (cells_of_types.region is null or variants.region = cells_of_types.region)
group by all
