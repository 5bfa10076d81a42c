{{ config(incremental_strategy='delete+insert', unique_key=['network_key', 'valid_from']) }}

with networks as (
    select * from {{ ref('networks') }}
),

-- The day that is not over yet: a quarter that ended before it keeps its map.
today as (
    select coalesce(max(event_on), {{ first_of_all_days() }}) as changed_on from {{ ref('traffic_bins') }}
),

open_rows as (
    {% if is_incremental() %}
        select * from {{ this }}
        where valid_to = {{ last_of_all_days() }}
    {% else %}
        select
            *,
            {{ first_of_all_days() }} as valid_from
        from networks
        where false
    {% endif %}
),

-- A network that was not known before counts as what it is from the beginning.
opened as (
    select
        networks.*,
        case
            when open_rows.network_key is null then {{ first_of_all_days() }}
            when open_rows.network_type = networks.network_type then open_rows.valid_from
            else greatest(today.changed_on, open_rows.valid_from)
        end as valid_from
    from networks
    cross join today
    left join open_rows on networks.network_key = open_rows.network_key
),

together as (
    select
        network_key,
        network_type,
        rule,
        evidence,
        confidence,
        runner_up,
        secondary_type,
        snapshot_on,
        evidence_on,
        valid_from,
        {{ last_of_all_days() }} as valid_to
    from opened

    union all

    select
        open_rows.network_key,
        open_rows.network_type,
        open_rows.rule,
        open_rows.evidence,
        open_rows.confidence,
        open_rows.runner_up,
        open_rows.secondary_type,
        open_rows.snapshot_on,
        open_rows.evidence_on,
        open_rows.valid_from,
        cast(opened.valid_from - interval 1 day as date) as valid_to
    from open_rows
    inner join opened on open_rows.network_key = opened.network_key and open_rows.valid_from < opened.valid_from
)

select * from together
order by network_key, valid_from
