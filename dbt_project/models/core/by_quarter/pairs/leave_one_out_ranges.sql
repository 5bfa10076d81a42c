{{ config(materialized='view') }}

with published as (
    select * from {{ ref('pair_member_networks') }}
),

withheld as (
    select * from {{ ref('withheld_networks') }}
    where is_withheld
),

pairs as (
    select distinct
        quarter,
        previous_quarter
    from published
),

members as (
    select distinct
        quarter,
        previous_quarter,
        dimension,
        member
    from published
),

of_networks as (
    select
        quarter,
        dimension,
        member,
        network_key,
        coalesce(sum(bits) filter (where variant = 'previous'), 0) as previous_bits,
        coalesce(sum(bits) filter (where variant = 'current'), 0) as bits
    from published
    group by all
),

of_members as (
    select
        members.quarter,
        members.previous_quarter,
        members.dimension,
        members.member,
        sum(of_networks.previous_bits) as previous_bits,
        sum(of_networks.bits) as bits
    from members
    inner join of_networks using (quarter, dimension, member)
    group by all
),

with_each as (
    select
        of_members.*,
        of_all.network_key,
        coalesce(of_networks.previous_bits, 0) as network_previous_bits,
        coalesce(of_networks.bits, 0) as network_bits,
        of_all.previous_bits as network_previous_whole,
        of_all.bits as network_whole,
        wholes.previous_bits as previous_whole,
        wholes.bits as whole
    from of_members
    inner join of_members as wholes on of_members.quarter = wholes.quarter and wholes.dimension = 'total'
    inner join of_networks as of_all on of_members.quarter = of_all.quarter and of_all.dimension = 'total'
    left join of_networks
        on
            of_members.quarter = of_networks.quarter
            and of_members.dimension = of_networks.dimension
            and of_members.member = of_networks.member
            and of_all.network_key = of_networks.network_key
),

differences as (
    select
        quarter,
        previous_quarter,
        dimension,
        member,
        network_key,
        unnest(['bits', 'share_of_bits']) as metric,
        unnest([
            cast(bits - previous_bits as double),
            {{ ratio('bits', 'whole') }} - {{ ratio('previous_bits', 'previous_whole') }}
        ]) as difference,
        unnest([
            cast(network_bits - network_previous_bits as double),
            {{ ratio('network_bits', 'whole') }} - {{ ratio('network_previous_bits', 'previous_whole') }}
        ]) as of_network,
        unnest([
            cast(bits - network_bits - previous_bits + network_previous_bits as double),
            coalesce({{ ratio('(bits - network_bits)', '(whole - network_whole)') }}, 0)
            - coalesce({{ ratio(
                '(previous_bits - network_previous_bits)', '(previous_whole - network_previous_whole)'
            ) }}, 0)
        ]) as without_network
    from with_each
),

-- In one of the two quarters, in any of its types.
withheld_in_pair as (
    select distinct
        pairs.quarter,
        withheld.network_key
    from pairs
    inner join withheld
        on withheld.quarter in (pairs.quarter, pairs.previous_quarter)
),

ranked as (
    select
        differences.*,
        withheld_in_pair.network_key is not null as is_withheld,
        row_number() over (
            partition by differences.quarter, dimension, member, metric
            order by abs(of_network) desc, differences.network_key
        ) as place
    from differences
    left join withheld_in_pair
        on differences.quarter = withheld_in_pair.quarter and differences.network_key = withheld_in_pair.network_key
)

-- What a withheld network alone would decide is not told.
select
    quarter,
    previous_quarter,
    dimension,
    member,
    metric,
    any_value(difference) as difference,
    case
        when not bool_or(is_withheld) filter (where place = 1)
            then {{ ratio('sum(of_network) filter (where place = 1)', 'any_value(difference)') }}
    end as top_1_part,
    case
        when not bool_or(is_withheld) filter (where place <= 5)
            then {{ ratio('sum(of_network order by place) filter (where place <= 5)', 'any_value(difference)') }}
    end as top_5_part,
    case
        when coalesce(min(without_network) filter (where is_withheld) > min(without_network), true)
            then min(without_network)
    end as leave_one_out_low,
    case
        when coalesce(max(without_network) filter (where is_withheld) < max(without_network), true)
            then max(without_network)
    end as leave_one_out_high
from ranked
group by all
