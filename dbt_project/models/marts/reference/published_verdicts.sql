{{ config(alias='verdicts') }}

with verdicts as (
    select * from {{ ref('verdicts') }}
),

limits as (
    select * from {{ ref('limits_in_force') }}
)

select
    verdicts.verdict,
    verdicts.level,
    replace(verdicts.meaning, '{limit}', coalesce({{ percent_of('limits.number') }}, '')) as meaning,
    cast(limits.number as double) as limit_in_force
from verdicts
left join limits on verdicts.verdict = limits.limit_name
order by verdicts.position
