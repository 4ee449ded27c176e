{#- Business time. `D` is the as-of date, `T` its end; models read neither a clock nor the session's time zone. -#}

{#- D as a DATE literal. -#}
{% macro as_of_date() -%}
    {%- set as_of = var('as_of') | string -%}
    {%- if execute and as_of == 'unset' -%}
        {{ exceptions.raise_compiler_error("The as-of date is not set: pass --vars '{as_of: YYYY-MM-DD}'.") }}
    {%- endif -%}
    {%- set literal = '1970-01-01' if as_of == 'unset' else modules.datetime.date.fromisoformat(as_of).isoformat() -%}
    cast('{{ literal }}' as date)
{%- endmacro %}

{#- The calendar date of a UTC timestamp in the business time zone. -#}
{% macro business_date(timestamp) -%}
    {{ return(adapter.dispatch('business_date', 'sverka')(timestamp)) }}
{%- endmacro %}

{% macro default__business_date(timestamp) -%}
    cast(from_utc_timestamp({{ timestamp }}, '{{ var("business_timezone") }}') as date)
{%- endmacro %}

{% macro duckdb__business_date(timestamp) -%}
    cast(({{ timestamp }}) at time zone 'UTC' at time zone '{{ var("business_timezone") }}' as date)
{%- endmacro %}

{#- The UTC timestamp of the midnight that starts a business date. -#}
{% macro start_of_date(date) -%}
    {{ return(adapter.dispatch('start_of_date', 'sverka')(date)) }}
{%- endmacro %}

{% macro default__start_of_date(date) -%}
    to_utc_timestamp(cast({{ date }} as timestamp), '{{ var("business_timezone") }}')
{%- endmacro %}

{% macro duckdb__start_of_date(date) -%}
    (cast({{ date }} as timestamp) at time zone '{{ var("business_timezone") }}' at time zone 'UTC')
{%- endmacro %}

{#- The end of a business date: the midnight that starts the next one, in UTC. -#}
{% macro end_of_date(date) -%}
    {{ start_of_date(add_days(date, 1)) }}
{%- endmacro %}

{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days', 'sverka')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    (cast({{ date }} as date) + cast({{ days }} as integer))
{%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between', 'sverka')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}

{% macro duckdb__days_between(first_date, last_date) -%}
    date_diff('day', {{ first_date }}, {{ last_date }})
{%- endmacro %}

{#- Elapsed microseconds between two timestamps, exact. -#}
{% macro microseconds_between(first_time, last_time) -%}
    {{ return(adapter.dispatch('microseconds_between', 'sverka')(first_time, last_time)) }}
{%- endmacro %}

{% macro default__microseconds_between(first_time, last_time) -%}
    (unix_micros({{ last_time }}) - unix_micros({{ first_time }}))
{%- endmacro %}

{% macro duckdb__microseconds_between(first_time, last_time) -%}
    (epoch_us({{ last_time }}) - epoch_us({{ first_time }}))
{%- endmacro %}

{% macro add_hours(timestamp, hours) -%}
    {{ return(adapter.dispatch('add_hours', 'sverka')(timestamp, hours)) }}
{%- endmacro %}

{% macro default__add_hours(timestamp, hours) -%}
    timestampadd(hour, {{ hours }}, {{ timestamp }})
{%- endmacro %}

{% macro duckdb__add_hours(timestamp, hours) -%}
    ({{ timestamp }} + to_hours({{ hours }}))
{%- endmacro %}
