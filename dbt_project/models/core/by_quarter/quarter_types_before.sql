{{ config(materialized='table') }}

select * from {{ ref('network_types_before') }}
where {{ is_selected_quarter('quarter') }}
