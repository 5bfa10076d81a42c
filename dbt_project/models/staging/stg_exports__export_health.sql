with export_health as (
    select * from {{ source('exports', 'export_health') }}
    where {{ is_selected_day('export_on') }}
)

select
    export_on,
    exporter,
    observation_domain,
    flow_protocol,
    {{ utc('bin_at') }} as bin_at,
    is_covered,
    datagrams,
    malformed,
    duplicates,
    data_records,
    option_records,
    undecoded_sets,
    records_expected,
    records_lost,
    is_estimate,
    samples,
    drops
from export_health
