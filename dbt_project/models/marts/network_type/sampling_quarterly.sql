with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

intervals as (
    select
        quarter,
        quarter_began_on,
        sampling_interval,
        sum(bits) as bits
    from traffic
    group by all
)

select
    quarter,
    quarter_began_on,
    sampling_interval,
    cast(bits as decimal(38, 0)) as bits,
    cast(bits as double) / nullif(cast(sum(bits) over (partition by quarter) as double), 0) as share_of_bits
from intervals
order by quarter, sampling_interval
