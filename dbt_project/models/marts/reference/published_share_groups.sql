{{ config(alias='share_groups') }}

with share_groups as (
    select * from {{ ref('share_groups') }}
)

select
    share_group,
    label,
    network_type,
    version,
    valid_from,
    valid_to
from share_groups
order by share_group, network_type, version
