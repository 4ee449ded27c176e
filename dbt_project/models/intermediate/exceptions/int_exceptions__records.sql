-- What each system said about the subject of each exception that holds, or held on the run before; a fact is what
-- counts as a change when it differs: document, state and amount, not file and row.
with

said as (
    select * from {{ ref('int_exceptions__evidence_of_payments') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_billing') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_settlement') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_invoices') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_sources') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_decisions') }}
)

select
    exception_id,
    document_id,
    state,
    amount,
    currency,
    event_at,
    file_name,
    row_number,
    concat(
        document_id,
        case when state is null then '' else concat(' ', state) end,
        case when amount is null then '' else concat(' ', {{ money_text('amount', 'currency') }}) end
    ) as fact
from said
