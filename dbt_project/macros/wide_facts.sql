{#- Facts as they were before they had keys: their rows named links and places of peers in words. Days whose exports were let
    go can't be built again, so that what was stored of them is given its keys, once. -#}

{% macro stored(table) -%} {{ return(this.incorporate(path={'identifier': table})) }} {%- endmacro %}

{% macro is_wide(table) -%}
    {%- set names = [] -%}
    {%- if execute and load_relation(stored(table)) -%}
        {%- for column in adapter.get_columns_in_relation(stored(table)) -%}{%- do names.append(column.name) -%}{%- endfor -%}
    {%- endif -%}
    {{ return('network_key' in names) }}
{%- endmacro %}

{% macro wide_facts(table) -%}
    select
        *,
        exporter as exporter_address,
        case when connectivity = 'private_interconnect' and network_rule = 'interface'
            then {{ as_number_of('network_key') }} end as provider_as
    from (select * replace (case when metro_source = 'interconnect_site' then metro end as metro) from {{ stored(table) }})
{%- endmacro %}

{#- The columns of a key, where rows stand for one side each. -#}
{% macro wide_crossing() -%} {{ return(key_of(['metro', 'region', 'connectivity', 'direction'])) }} {%- endmacro %}
{% macro wide_link() -%}
    {{ return(key_of([
        'exporter_address', 'interface', 'site', 'provider_as', 'metro', 'region', 'connectivity', 'direction'
    ])) }}
{%- endmacro %}

{% macro add_links_of_wide_facts() -%}
    {%- if is_wide('traffic_bins') -%}
        insert into {{ this }} by name (
            select distinct
                {{ wide_link() }} as link, {{ wide_crossing() }} as crossing, exporter, interface, provider_as, site, metro,
                region, connectivity, direction
            from ({{ wide_facts('traffic_bins') }})
            where {{ wide_link() }} not in (select link from {{ this }})
        )
    {%- endif -%}
{%- endmacro %}

{% macro add_places_of_wide_facts() -%}
    {%- if is_wide('traffic_bins') -%}
        insert into {{ this }} by name (
            select distinct
                {{ key_of(place_columns()) }} as place, {{ key_of(peer_columns()) }} as peer, network_key, network_rule,
                origin_as, cloud, cloud_region, country, "override"
            from {{ stored('traffic_bins') }}
            where {{ key_of(place_columns()) }} not in (select place from {{ this }})
        )
    {%- endif -%}
{%- endmacro %}

{% macro narrow_traffic_bins() -%}
    {%- if is_wide('traffic_bins') -%}
        create or replace table {{ this }} as
        select
            export_on, event_on, cast({{ milliseconds_of('bin_at') }} // {{ bin_ms() }} as integer) as bin,
            {{ wide_link() }} as link, {{ key_of(place_columns()) }} as place, plan_as_of, ip_version, sampling_interval,
            bits, sampled_packets, bits_variance
        from ({{ wide_facts('traffic_bins') }})
    {%- endif -%}
{%- endmacro %}

{% macro narrow_peer_address_days() -%}
    {%- if is_wide('peer_address_days') -%}
        create or replace table {{ this }} as
        select
            export_on, event_on, {{ wide_crossing() }} as crossing, {{ key_of(peer_columns()) }} as peer, ip_version,
            sampling_interval, peer_address, subscriber, bits, sampled_packets, hours_touched
        from (
            select * replace (case when metro_source = 'interconnect_site' then metro end as metro)
            from {{ stored('peer_address_days') }}
        )
    {%- endif -%}
{%- endmacro %}
