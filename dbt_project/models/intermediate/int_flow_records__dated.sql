with flow_records as (
    select * from {{ ref('stg_exports__flow_records') }}
)

-- Rows of the operator folder are those of the day of a record's end; of its export, where its times can't be right
-- whatever the exporter's active timeout.
select
    *,
    case
        when
            start_ms < exported_ms - 1000 * {{ longest_active_timeout_s() }} - {{ clock_tolerance_ms() }}
            or end_ms > exported_ms + {{ clock_tolerance_ms() }}
            or end_ms < start_ms
            then export_on
        else cast(make_timestamp(end_ms * 1000) as date)
    end as judged_on
from flow_records
