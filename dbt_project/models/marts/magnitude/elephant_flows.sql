with elephant_bins as (
    select * from {{ ref('told_elephant_bins') }}
),

traffic as (
    select * from {{ ref('told_traffic') }}
),

elephants as (
    select
        quarter,
        network_type,
        network_key,
        direction,
        is_quarter_told,
        own_address,
        peer_address,
        protocol,
        region,
        elephant_began_at,
        any_value(elephant_seconds) as elephant_seconds,
        any_value(cast(elephant_bits as double)) / any_value(elephant_seconds) as bits_per_second,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from elephant_bins
    group by all
),

wholes as (
    select
        quarter,
        network_type,
        network_key,
        direction,
        sum(bits) as whole_bits
    from traffic
    group by all
),

cells as (
    select
        quarter,
        network_type,
        network_key,
        direction,
        bool_and(is_quarter_told) as is_quarter_told,
        count(*) as elephants,
        count(distinct own_address) as own_addresses,
        count(distinct peer_address) as unique_ips,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        cast(median(elephant_seconds) as double) as seconds_median,
        cast(max(elephant_seconds) as double) as seconds_max,
        median(bits_per_second) as bits_per_second_median,
        max(bits_per_second) as bits_per_second_max
    from elephants
    group by quarter, network_type, network_key, direction
),

joined as (
    select
        cells.*,
        {{ ratio('cells.bits', 'wholes.whole_bits') }} as share_of_bits,
        not cells.is_quarter_told
        or cells.network_key = 'withheld'
        or not {{ is_enough('cells.unique_ips') }} as is_withheld
    from cells
    inner join wholes using (quarter, network_type, network_key, direction)
),

named as (
    select distinct
        elephant_bins.quarter,
        elephant_bins.network_type,
        networks.published_key as network_key,
        elephant_bins.direction
    from {{ ref('quarter_elephant_bins') }} as elephant_bins
    inner join {{ ref('networks') }} as networks on elephant_bins.network_key = networks.network_key
),

{{ suppressed_cells('joined', ['quarter', 'network_type', 'network_key', 'direction'], 'named') }}

select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    network_type,
    network_key,
    direction,
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('cast(sampled_packets as decimal(38, 0))') }} as sampled_packets,
    {{ each_unless_suppressed([
        'elephants', 'own_addresses', 'unique_ips', 'share_of_bits', 'seconds_median', 'seconds_max',
        'bits_per_second_median', 'bits_per_second_max'
    ]) }}
from suppressed
where network_key != 'withheld'
order by quarter, network_type, network_key, direction
