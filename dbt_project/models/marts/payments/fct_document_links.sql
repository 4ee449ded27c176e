-- Every document of a payment or payout, the rule that linked it, and the file and row it came from.
select
    document_id,
    leg,
    source_system,
    payment_key,
    settlement_batch_id,
    match_rule,
    is_ambiguous,
    candidates,
    suggested_payment_key,
    channel,
    amount,
    currency,
    event_at,
    _file_name as file_name,
    _file_sha256 as file_sha256,
    _row_number as row_number,
    {{ as_of_date() }} as as_of_date
from {{ ref('int_identity__documents') }}
