{{ config(materialized='table') }}

select * from {{ ref('network_types_by_quarter') }}
