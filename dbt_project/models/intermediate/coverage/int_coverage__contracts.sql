-- The date up to which all feeds of a contract have reported; a contract no feed ever supplied is not here: not configured.
with

feeds as (
    select * from {{ ref('int_coverage__feeds') }}
),

feed_contracts as (
    select * from {{ source('ops', 'feed_contracts') }}
),

-- A snapshot is as old as its latest extract, whatever else its feed delivers.
snapshots as (
    select
        feed,
        contract,
        max(extract_date) as coverage_date
    from {{ source('ops', 'load_log') }}
    where
        contract = 'erp.export_queue'
        and outcome = 'loaded'
        and extract_date <= {{ as_of_date() }}
    group by feed, contract
)

select
    feed_contracts.contract,
    min(coalesce(snapshots.coverage_date, feeds.coverage_date)) as coverage_date
from feeds
inner join feed_contracts on feeds.feed = feed_contracts.feed
left join snapshots on feed_contracts.feed = snapshots.feed and feed_contracts.contract = snapshots.contract
where feed_contracts.contract <> 'manual.decisions'
group by feed_contracts.contract
