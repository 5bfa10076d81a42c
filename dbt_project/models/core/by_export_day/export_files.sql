with flow_exports as (
    select * from {{ ref('stg_exports__flow_exports') }}
),

incomplete as (
    select distinct
        export_on,
        source_file
    from {{ ref('stg_exports__export_losses') }}
    where leaves_file_incomplete
)

select
    flow_exports.export_on,
    flow_exports.source_file,
    cast(flow_exports.file_bytes as bigint) as file_bytes,
    flow_exports.sha256,
    flow_exports.state,
    flow_exports.reason,
    case when flow_exports.state = 'pulled' then incomplete.source_file is null end as is_complete
from flow_exports
left join incomplete
    on
        flow_exports.export_on = incomplete.export_on
        and flow_exports.source_file = incomplete.source_file
order by all
