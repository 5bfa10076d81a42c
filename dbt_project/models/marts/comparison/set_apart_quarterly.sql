with conservation as (
    select * from {{ ref('conservation') }}
    where {{ in_selected_quarters('export_on') }}
),

network_types as (
    select * from {{ ref('network_type_quarterly') }}
    where {{ is_selected_quarter('quarter') }}
),

told as (
    select quarter
    from network_types
    group by quarter
    having bool_or(not is_suppressed)
),

reasons as (
    select
        {{ quarter_of('export_on') }} as quarter,
        reason,
        any_value({{ quarter_began_on('export_on') }}) as quarter_began_on,
        sum(records) as records,
        sum(bytes_as_exported) as bytes_as_exported
    from conservation
    group by all
),

shares as (
    select
        quarter,
        quarter_began_on,
        reason,
        records,
        cast(bytes_as_exported as double)
        / nullif(cast(sum(bytes_as_exported) over (partition by quarter) as double), 0) as share_of_bytes
    from reasons
)

select
    shares.quarter,
    shares.quarter_began_on,
    shares.reason,
    told.quarter is null as is_suppressed,
    cast(case when told.quarter is not null then shares.records end as bigint) as records,
    case when told.quarter is not null then shares.share_of_bytes end as share_of_bytes
from shares
left join told on shares.quarter = told.quarter
order by shares.quarter, shares.reason
