{{ config(materialized='view') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

{{ labels() }},

{{ types_of_clouds() }},

labelled as (
    select {{ told_columns('addresses') | indent(4) }}
    from addresses
    {{ join_labels('addresses', with_networks=true) | indent(4) }}
)

{{ with_clouds_told('labelled') }}
