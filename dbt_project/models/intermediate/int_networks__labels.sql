with evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
),

labels as (
    select * from {{ ref('registry_labels') }}
),

customers as (
    select * from {{ ref('int_networks__customers') }}
),

told as (
    select
        evidence.asn,
        case when customers.asn is null then labels.rule else coalesce(labels.rule_without_customers, labels.rule) end
            as rule,
        labels.network_type,
        evidence.source,
        string_agg(distinct evidence.value, ', ' order by evidence.value) as words
    from evidence
    inner join labels
        on
            {{ source_of_list('evidence.source') }} = labels.source
            and evidence.kind = labels.kind
            and evidence.value = labels.value
    left join customers on evidence.asn = customers.asn and customers.customers < {{ customers_of_a_carrier() }}
    group by all
),

votes as (
    select
        asn,
        rule,
        network_type,
        count(*) as sources,
        string_agg(source || ': ' || words, '; ' order by source) as evidence
    from told
    group by all
)

-- Labels of others count while they agree: more sources say so than say anything else.
select
    votes.asn,
    votes.rule,
    votes.network_type,
    votes.sources,
    votes.evidence
from votes
where
    votes.rule != 'external_labels'
    or votes.sources > coalesce((
        select max(others.sources)
        from votes as others
        where
            votes.asn = others.asn
            and votes.rule = others.rule
            and votes.network_type != others.network_type
    ), 0)
