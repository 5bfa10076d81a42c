{{ config(alias='verdicts') }}

with verdicts as (
    select * from {{ ref('verdicts') }}
)

select
    verdict,
    level,
    meaning
from verdicts
order by position
