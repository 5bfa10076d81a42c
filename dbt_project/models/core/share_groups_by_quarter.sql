{{ config(materialized='view') }}

with share_groups as (
    select * from {{ ref('share_groups') }}
),

quarters as (
    select quarter from {{ ref('quarter_maps') }}
)

select
    quarters.quarter,
    share_groups.share_group,
    share_groups.network_type
from quarters
inner join share_groups
    on
        {{ quarter_ended_on(first_day_of('quarters.quarter')) }}
        between coalesce(share_groups.valid_from, date '0001-01-01')
        and coalesce(share_groups.valid_to, date '9999-12-31')
