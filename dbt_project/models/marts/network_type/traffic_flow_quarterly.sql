with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

links as (
    select
        quarter,
        quarter_began_on,
        direction,
        region,
        network_type,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        sum(bits_variance) as bits_variance,
        sum(bits_variance_upper) as bits_variance_upper
    from traffic
    group by all
)

select
    quarter,
    quarter_began_on,
    direction,
    region,
    network_type,
    cast(bits as decimal(38, 0)) as bits,
    cast(sampled_packets as decimal(38, 0)) as sampled_packets,
    {{ relative_standard_error('bits_variance', 'bits') }} as relative_standard_error,
    {{ relative_standard_error('bits_variance_upper', 'bits') }} as relative_standard_error_upper,
    coalesce({{ is_low_precision(relative_standard_error('bits_variance', 'bits')) }}, false) as is_low_precision
from links
order by all
