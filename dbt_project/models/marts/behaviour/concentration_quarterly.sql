with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

addresses as (
    select * from {{ ref('quarter_addresses') }}
),

by_network as (
    select
        quarter,
        quarter_began_on,
        region,
        network_type,
        network_key,
        sum(bits) as bits
    from traffic
    group by all
),

by_address as (
    select
        quarter,
        region,
        network_type,
        subscriber,
        sum(bits) as bits
    from addresses
    group by all
),

{{ concentration('network_concentration', 'by_network', ['quarter', 'region', 'network_type'], 'network_key') }},

{{ concentration('address_concentration', 'by_address', ['quarter', 'region', 'network_type'], 'subscriber') }},

cells as (
    select
        quarter,
        any_value(quarter_began_on) as quarter_began_on,
        region,
        network_type,
        sum(bits) as bits,
        cast(max(bits) as double) / nullif(cast(sum(bits) as double), 0) as top_network_share
    from by_network
    group by quarter, region, network_type
),

joined as (
    select
        cells.*,
        networks.members as networks,
        networks.top_10_share,
        networks.hhi,
        networks.gini,
        networks.entropy,
        addresses.members as unique_ips,
        addresses.top_10_share as top_10_address_share,
        addresses.hhi as address_hhi,
        addresses.gini as address_gini,
        addresses.entropy as address_entropy
    from cells
    inner join network_concentration as networks using (quarter, region, network_type)
    inner join address_concentration as addresses using (quarter, region, network_type)
),

{{ suppressed_cells(
    'joined', ['quarter', 'region', 'network_type'], [['quarter', 'network_type'], ['quarter', 'region']]
) }}

select
    quarter,
    quarter_began_on,
    region,
    network_type,
    is_suppressed,
    {{ each_unless_suppressed([
        'networks', 'top_10_share', 'hhi', 'gini', 'entropy',
        'unique_ips', 'top_10_address_share', 'address_hhi', 'address_gini', 'address_entropy'
    ]) }}
from suppressed
order by quarter, region, network_type
