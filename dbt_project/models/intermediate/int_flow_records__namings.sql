{{ config(
    materialized='table', tags=['by_call'], pre_hook='{{ join_as_written() }}', post_hook='{{ join_as_planned() }}'
) }}

with records as (
    select * from {{ ref('int_flow_records__resolved') }}
)

select distinct
    plan_as_of,
    peer_range,
    believed_as,
    naming_link
from records
