{{ config(materialized='view') }}

with sources as (
    select * from {{ source('registry', 'sources') }}
)

select
    source,
    producer,
    title,
    address,
    licence,
    citation,
    may_be_redistributed,
    as_of,
    visible_credit,
    visible_credit_address
from sources
