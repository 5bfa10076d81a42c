{{ config(tags=['by_day']) }}

with traffic as (
    select
        network_key,
        "override"
    from {{ ref('int_traffic__spread') }}
)

select distinct
    network_key,
    "override"
from traffic
{% if is_incremental() %}
    where not exists (
        select 1 from {{ this }} as known
        where known.network_key = traffic.network_key and known."override" is not distinct from traffic."override"
    )
{% endif %}
order by all
