-- Disputes with the payment they are about.
select
    concat('provider.disputes:', disputes.source_system, ':', disputes.dispute_id) as document_id,
    disputes.source_system,
    disputes.dispute_id,
    payments.payment_key,
    payments.document_id as payment_document_id,
    disputes.status,
    disputes.amount,
    disputes.currency,
    disputes.opened_at,
    coalesce(disputes.closed_at, disputes.updated_at, disputes.opened_at) as closed_at,
    disputes._file_name,
    disputes._file_sha256,
    disputes._row_number
from {{ ref('stg_provider__disputes') }} as disputes
left join {{ ref('int_identity__provider_payments') }} as payments
    on
        disputes.source_system = payments.source_system
        and disputes.provider_payment_id = payments.provider_payment_id
