-- Extracts that did not come, came refused, or came with rows that could not be read (exceptions.md, Sources).
-- A missing extract is missing from the start of its date: these codes wait for nobody.
with

missing as (
    select
        feed,
        {{ each('missing_dates') }} as extract_date
    from {{ ref('int_coverage__feeds') }}
),

files as (
    select * from {{ source('ops', 'load_log') }}
    where
        extract_date <= {{ as_of_date() }}
        and outcome <> 'repeat'
),

latest as (
    select
        files.feed,
        files.extract_date,
        files.file_name,
        files.outcome,
        files.refusal_reason,
        files.message,
        files.rows_read,
        files.rows_rejected
    from files
    inner join (
        select
            feed,
            extract_date,
            file_name,
            max(delivery) as delivery
        from files
        group by feed, extract_date, file_name
    ) as deliveries
        on
            files.feed = deliveries.feed
            and files.extract_date = deliveries.extract_date
            and files.file_name = deliveries.file_name
            and files.delivery = deliveries.delivery
),

rejected as (
    select
        feed,
        extract_date,
        sum(rows_rejected) as rows_rejected,
        sum(rows_read) as rows_read,
        count(distinct file_name) as file_count
    from latest
    where rows_rejected > 0
    group by feed, extract_date
),

refused as (
    select
        feed,
        extract_date,
        {{ join_texts("concat(file_name, ': ', coalesce(refusal_reason, ''))", ', ', 'file_name') }} as reasons
    from latest
    where outcome = 'refused'
    group by feed, extract_date
),

{% set nothing = null_text() %}

candidates as (

    {{ candidate(
        'source_extract_missing', from='missing', where="true", subject='feed', id="concat(feed, ':', extract_date)",
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        event_at=start_of_date('extract_date'), amount='null', currency=nothing,
        reason="concat('Feed ', feed, ' has no extract of ', extract_date, ': deliver it or waive it')"
    ) }}

    union all

    {{ candidate(
        'rows_rejected', from='rejected', where="true", subject='feed', id="concat(feed, ':', extract_date)",
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        event_at=start_of_date('extract_date'), amount='null', currency=nothing,
        reason="concat(rows_rejected, ' of ', rows_read, ' rows in ', file_count, ' file(s) of ', feed, ' of ', extract_date, ' could not be read')"
    ) }}

    union all

    {{ candidate(
        'extract_refused', from='refused', where="true", subject='feed', id="concat(feed, ':', extract_date)",
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        event_at=start_of_date('extract_date'), amount='null', currency=nothing,
        reason="concat('Refused in ', feed, ' of ', extract_date, ': ', reasons)"
    ) }}
)

select * from candidates
