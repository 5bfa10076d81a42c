with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

withheld as (
    select * from {{ ref('withheld_intervals') }}
),

types as (
    select distinct
        quarter,
        is_quarter_told
    from {{ ref('withheld_types') }}
),

withheld_networks as (
    select * from {{ ref('withheld_networks') }}
),

withheld_regions as (
    select * from {{ ref('withheld_regions') }}
),

metros as (
    select * from {{ ref('measured_cells') }}
    where mart = 'metro_quarterly'
),

-- Routers, and so regions, metros and links, often have an interval of their own: its bits less what is told of these
-- are what is withheld of them.
untold as (
    select quarter
    from withheld_networks
    where is_withheld
    union
    select quarter
    from withheld_regions
    where published_region != region
    union
    select quarter
    from metros
    where is_suppressed
),

intervals as (
    select
        quarter,
        quarter_began_on,
        sampling_interval,
        sum(bits) as bits
    from traffic
    group by all
),

joined as (
    select
        intervals.*,
        sum(intervals.bits) over (partition by intervals.quarter) as whole_bits,
        withheld.is_withheld
        or not types.is_quarter_told
        or (untold.quarter is not null and count(*) over (partition by intervals.quarter) > 1) as is_suppressed
    from intervals
    inner join types on intervals.quarter = types.quarter
    inner join withheld
        on intervals.quarter = withheld.quarter and intervals.sampling_interval = withheld.sampling_interval
    left join untold on intervals.quarter = untold.quarter
)

select
    quarter,
    quarter_began_on,
    sampling_interval,
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed(ratio('bits', 'whole_bits')) }} as share_of_bits
from joined
order by quarter, sampling_interval
