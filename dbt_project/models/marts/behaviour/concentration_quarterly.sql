with traffic as (
    select * from {{ ref('told_traffic') }}
),

addresses as (
    select * from {{ ref('told_addresses') }}
),

by_network as (
    select
        quarter,
        region,
        network_type,
        network_key_of_core as network_key,
        bool_and(is_quarter_told) as is_quarter_told,
        bool_or(network_key = 'withheld') as is_withheld,
        sum(bits) as bits
    from traffic
    group by quarter, region, network_type, network_key_of_core
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

-- Measures of a few networks would tell the part of each: of a withheld one only among many, and not if it leads.
cells as (
    select
        by_network.quarter,
        by_network.region,
        by_network.network_type,
        not bool_and(by_network.is_quarter_told) as is_withheld,
        not bool_or(by_network.is_withheld)
        or (
            count(*) filter (where by_network.is_withheld) >= any_value(settings.minimum_unique_ips)
            and max(by_network.bits) filter (where by_network.is_withheld) < max(by_network.bits)
        ) as are_networks_told
    from by_network
    cross join {{ ref('operator_settings') }} as settings
    group by by_network.quarter, by_network.region, by_network.network_type
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

named as (
    select distinct
        quarter,
        region,
        network_type
    from {{ ref('named_traffic') }}
    where is_type_named
),

{{ suppressed_cells('joined', ['quarter', 'region', 'network_type'], 'named') }}

select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    region,
    network_type,
    is_suppressed,
    {{ unless_suppressed('case when are_networks_told then networks end') }} as networks,
    {{ unless_suppressed('case when are_networks_told then top_10_share end') }} as top_10_share,
    {{ unless_suppressed('case when are_networks_told then hhi end') }} as hhi,
    {{ unless_suppressed('case when are_networks_told then gini end') }} as gini,
    {{ unless_suppressed('case when are_networks_told then entropy end') }} as entropy,
    {{ each_unless_suppressed([
        'unique_ips', 'top_10_address_share', 'address_hhi', 'address_gini', 'address_entropy'
    ]) }}
from suppressed
order by quarter, region, network_type
