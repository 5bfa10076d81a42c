{{ config(materialized='view') }}

{%- set marts = cells_of_marts() | list %}

with traffic as (
    select * from {{ ref('named_traffic') }}
),

cells as (
    select
        {{ names_of_cells(marts) | indent(8) }},
        bool_and(is_type_named) as is_type_named,
        bool_and(is_type_named and is_region_named and is_direction_told) as is_direction_named
    from traffic
    {{ by_cell(marts) | indent(4) }}
)

-- A cell is named where its whole is told by name: below what is told together, names would tell whose it is.
select
    *,
    {{ key_of_cell() }} as cell
from cells
where
    mart in ('network_type_quarterly', 'network_quarterly')
    or network_type is null
    or case when direction is null then is_type_named else is_direction_named end
