-- What each system said about the subject of each exception, in time order: as one JSON text with file and row, and as
-- plain lines of states and amounts, by which a change is told.
with

said as (
    select * from {{ ref('int_exceptions__evidence_of_payments') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_invoices') }}
    union all
    select * from {{ ref('int_exceptions__evidence_of_sources') }}
)

select
    exception_id,
    concat('[', {{ join_texts(
        json_object_text({
            'document': 'document_id',
            'state': 'state',
            'amount': 'cast(amount as ' ~ dbt.type_string() ~ ')',
            'currency': 'currency',
            'at': 'cast(event_at as ' ~ dbt.type_string() ~ ')',
            'file': 'file_name',
            'row': 'row_number',
        }), ',', "concat(cast(event_at as " ~ dbt.type_string() ~ "), ' ', document_id)"
    ) }}, ']') as evidence
from said
group by exception_id
