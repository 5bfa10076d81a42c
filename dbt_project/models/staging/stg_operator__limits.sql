with limits as (
    select * from {{ ref('limits') }}
),

check_limits as (
    select * from {{ source('operator', 'check_limits') }}
),

-- Of rows that fit the last holds, even one that sets a severity alone: then the number is the project's.
in_force as (
    select
        limits.limit_name,
        limits.number,
        check_limits."limit" as own_number
    from limits
    left join check_limits on {{ fits_pattern('limits.set_by', 'check_limits."check"') }}
    qualify row_number() over (partition by limits.limit_name order by check_limits.position desc nulls last) = 1
)

select
    limit_name,
    cast(coalesce(own_number, number) as decimal(9, 4)) as number
from in_force
