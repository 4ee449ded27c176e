-- What each feed has delivered as of D, and up to which date its word is complete (matching.md, Coverage).
with

feeds as (
    select * from {{ source('ops', 'feeds') }}
),

feed_contracts as (
    select * from {{ source('ops', 'feed_contracts') }}
),

files as (
    select * from {{ source('ops', 'load_log') }}
    where extract_date <= {{ as_of_date() }}
),

extracts as (
    select distinct
        feed,
        extract_date
    from files
    where outcome = 'loaded'
),

spans as (
    select
        feed,
        min(extract_date) as first_extract_date,
        max(extract_date) as last_extract_date
    from extracts
    group by feed
),

-- A feed of decisions alone is never expected.
expecting as (
    select distinct feed
    from feed_contracts
    where contract <> 'manual.decisions'
),

expected as (
    select
        feeds.feed,
        {{ add_days('spans.first_extract_date', 'numbers.number') }} as extract_date,
        feeds.expected
    from feeds
    inner join expecting on feeds.feed = expecting.feed
    inner join spans on feeds.feed = spans.feed
    inner join {{ ref('int_coverage__numbers') }} as numbers
        on numbers.number <= {{ days_between('spans.first_extract_date', as_of_date()) }}
    where
        feeds.until_date is null
        or {{ add_days('spans.first_extract_date', 'numbers.number') }} <= feeds.until_date
),

-- 1970-01-05 was a Monday.
working as (
    select
        expected.feed,
        expected.extract_date
    from expected
    left join {{ ref('non_working_days') }} as holidays on expected.extract_date = holidays.non_working_date
    where
        expected.expected = 'daily'
        or (
            {{ days_between("cast('1970-01-05' as date)", 'expected.extract_date') }} % 7 < 5
            and holidays.non_working_date is null
        )
),

missing as (
    select
        working.feed,
        min(working.extract_date) as first_missing_date,
        {{ list_distinct('working.extract_date') }} as missing_dates
    from working
    left join extracts on working.feed = extracts.feed and working.extract_date = extracts.extract_date
    where extracts.feed is null
    group by working.feed
),

latest_deliveries as (
    select
        feed,
        extract_date,
        file_name,
        max(delivery) as delivery
    from files
    where outcome <> 'repeat'
    group by feed, extract_date, file_name
),

volumes as (
    select
        files.feed,
        count(distinct case when files.outcome = 'loaded' then concat(files.extract_date, '/', files.delivery) end) as files,
        sum(case when files.outcome = 'loaded' then files.rows_loaded else 0 end) as rows_loaded,
        sum(case when latest.delivery is not null and files.outcome = 'loaded' then files.rows_rejected else 0 end) as rows_rejected
    from files
    left join latest_deliveries as latest
        on
            files.feed = latest.feed
            and files.extract_date = latest.extract_date
            and files.file_name = latest.file_name
            and files.delivery = latest.delivery
    group by files.feed
),

contract_names as (
    select
        feed,
        {{ join_texts('contract', ', ', 'contract') }} as contract
    from feed_contracts
    group by feed
)

select
    feeds.feed,
    contract_names.contract,
    spans.first_extract_date,
    spans.last_extract_date,
    case
        when missing.feed is null then {{ as_of_date() }}
        else {{ add_days('missing.first_missing_date', -1) }}
    end as coverage_date,
    coalesce(missing.missing_dates, {{ empty_list('date') }}) as missing_dates,
    cast(coalesce(volumes.files, 0) as bigint) as files,
    cast(coalesce(volumes.rows_loaded, 0) as bigint) as rows_loaded,
    cast(coalesce(volumes.rows_rejected, 0) as bigint) as rows_rejected
from feeds
inner join spans on feeds.feed = spans.feed
left join contract_names on feeds.feed = contract_names.feed
left join missing on feeds.feed = missing.feed
left join volumes on feeds.feed = volumes.feed
