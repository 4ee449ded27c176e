-- The records of each exception in time order: as one JSON text with file and row, and as its facts.
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
    ) }}, ']') as evidence,
    {{ join_texts('fact', '; ', 'fact') }} as facts
from {{ ref('int_exceptions__records') }}
group by exception_id
