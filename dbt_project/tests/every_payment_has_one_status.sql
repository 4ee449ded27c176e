-- Guards against a payment in no status; the grain test guards against one in two.
select
    payment_key,
    match_status
from {{ ref('fct_payment_reconciliation') }}
where
    match_status is null
    or match_status not in ('matched', 'mismatched', 'missing', 'ambiguous', 'pending', 'accepted', 'not_applicable')
    or (is_auto_closed and match_status <> 'matched')
