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
        sum(bits) as bits
    from traffic
    where network_key != 'withheld'
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
    where network_key != 'withheld'
    group by all
),

unique_addresses as (
    select
        quarter,
        region,
        network_type,
        count(distinct subscriber) as unique_ips
    from addresses
    group by all
),

{{ concentration('network_concentration', 'by_network', ['quarter', 'region', 'network_type'], 'network_key') }},

{{ concentration('address_concentration', 'by_address', ['quarter', 'region', 'network_type'], 'subscriber') }},

cells as (
    select
        quarter,
        region,
        network_type,
        not bool_and(is_quarter_told) as is_withheld,
        bool_or(network_key = 'withheld') as is_any_network_withheld
    from traffic
    group by quarter, region, network_type
),

-- Measures of a few networks tell the part of each, from which follows what withheld ones leave; where these have most
-- of a region's addresses, those of the told ones are too few themselves.
joined as (
    select
        cells.*,
        not cells.is_any_network_withheld
        or networks.members >= greatest(settings.minimum_unique_ips, 10) as are_networks_told,
        addresses.members >= settings.minimum_unique_ips as are_addresses_told,
        settings.minimum_unique_ips <= 10
        and (addresses.members <= 10 or addresses.members - 10 >= settings.minimum_unique_ips)
            as are_10_addresses_told,
        networks.members as networks,
        networks.top_10_share,
        networks.hhi,
        networks.gini,
        networks.entropy,
        unique_addresses.unique_ips,
        addresses.top_10_share as top_10_address_share,
        addresses.hhi as address_hhi,
        addresses.gini as address_gini,
        addresses.entropy as address_entropy
    from cells
    cross join {{ ref('operator_settings') }} as settings
    inner join unique_addresses using (quarter, region, network_type)
    left join network_concentration as networks using (quarter, region, network_type)
    left join address_concentration as addresses using (quarter, region, network_type)
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
    {{ unless_suppressed('unique_ips') }} as unique_ips,
    {{ unless_suppressed(
        'case when are_addresses_told and are_10_addresses_told then top_10_address_share end'
    ) }} as top_10_address_share,
    {{ unless_suppressed('case when are_addresses_told then address_hhi end') }} as address_hhi,
    {{ unless_suppressed('case when are_addresses_told then address_gini end') }} as address_gini,
    {{ unless_suppressed('case when are_addresses_told then address_entropy end') }} as address_entropy
from suppressed
order by quarter, region, network_type
