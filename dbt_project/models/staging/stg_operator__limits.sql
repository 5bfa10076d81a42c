with limits as (
    select * from {{ ref('limits') }}
),

check_limits as (
    select * from {{ source('operator', 'check_limits') }}
),

-- Of rows that fit the last holds, even one that sets a severity alone: then the number is the project's.
fitting as (
    select
        limits.limit_name,
        check_limits."limit" as number
    from limits
    inner join check_limits on {{ fits_pattern('limits.set_by', 'check_limits."check"') }}
    qualify row_number() over (partition by limits.limit_name order by check_limits.position desc) = 1
)

select
    limits.limit_name,
    limits.unit,
    cast(coalesce(fitting.number, limits.number) as decimal(9, 4)) as number,
    fitting.number is not null as is_the_operators
from limits
left join fitting on limits.limit_name = fitting.limit_name
