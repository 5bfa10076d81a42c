with evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
),

labels as (
    select * from {{ ref('registry_labels') }}
    where outranks_names is not null and not {{ is_excluded_rule('rule') }}
),

kins as (
    select distinct kin from {{ ref('network_types') }}
)

select distinct
    evidence.asn,
    kins.kin
from evidence
inner join labels
    on
        {{ source_of_list('evidence.source') }} = labels.source
        and evidence.kind = labels.kind
        and evidence.value = labels.value
inner join kins on ' ' || labels.outranks_names || ' ' like '% ' || kins.kin || ' %'
