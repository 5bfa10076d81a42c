{{ config(
    materialized='table', tags=['by_call'], pre_hook='{{ join_as_written() }}', post_hook='{{ join_as_planned() }}'
) }}

with records as (
    select * from {{ ref('int_flow_records__resolved') }}
),

places as (
    select * from {{ ref('int_peer_places') }}
),

placed as (
    select
        records.*,
        places.place,
        places.peer
    from records
    left join places
        on
            records.plan_as_of is not distinct from places.plan_as_of
            and records.peer_range is not distinct from places.peer_range
            and records.believed_as is not distinct from places.believed_as
            and records.naming_link is not distinct from places.naming_link
),

-- [start, end) is half open; a record of no length belongs to the one bin that it lies in. One that is set apart is not
-- spread: its times may be what is wrong with it.
overlapping as (
    select
        *,
        start_ms // {{ bin_ms() }} as first_bin,
        case
            when set_apart is null and end_ms > start_ms then (end_ms - 1) // {{ bin_ms() }}
            else start_ms // {{ bin_ms() }}
        end as last_bin
    from placed
),

-- What parts are reckoned with, where a record has several: all of it is above zero then.
measured as (
    select
        *,
        last_bin - first_bin + 1 as bins,
        {{ narrow('greatest(last_bin - first_bin - 1, 0)') }} as bins_between,
        {{ narrow('greatest(end_ms - start_ms, 1)') }} as length_ms,
        {{ narrow('(first_bin + 1) * ' ~ bin_ms() ~ ' - start_ms') }} as first_overlap_ms,
        {{ narrow(bin_ms()) }} as whole_bin_ms
    from overlapping
),

by_bin as (
    select
        *,
        {{ rows_from_to('first_bin', 'last_bin') }} as bin
    from measured
)

select
    export_on,
    case when set_apart is null then cast(bin as integer) end as bin,
    link,
    crossing,
    place,
    peer,
    plan_as_of,
    ip_version,
    peer_address,
    own_address,
    protocol,
    sampling_interval,
    case
        when set_apart is not null then set_apart
        when bin * {{ bin_ms() }} < tracking_began_ms then 'outside_window'
        when sampling_interval is null then 'unknown_sampling'
    end as set_apart,
    bin = first_bin as is_first_part,
    cast({{ size_class('bits') }} as tinyint) as size_class,
    {{ narrow(part_of('bytes_as_exported')) }} as bytes_as_exported,
    {{ part_of('bits') }} as bits,
    {{ narrow(part_of('sampled_packets')) }} as sampled_packets,
    {{ part_of('bits_variance') }} as bits_variance
from by_bin
