-- What each feed had delivered as of each run's date.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where as_of_date >= {{ as_of_date() }}{% endif %}"
) }}

select
    {{ as_of_date() }} as as_of_date,
    feed,
    contract,
    first_extract_date,
    last_extract_date,
    coverage_date,
    missing_dates,
    files,
    rows_loaded,
    rows_rejected
from {{ ref('int_coverage__feeds') }}
