{#- Names that several models must spell alike. -#}

{#- `<contract>:<source_system>:<id>` (matching.md, Documents). -#}
{% macro document_id(contract, id) -%}
    concat('{{ contract }}:', source_system, ':', {{ id }})
{%- endmacro %}

{#- The id of an ERP document without the `#part` suffix (contracts.md, erp.payments). -#}
{% macro whole_document_id(erp_document_id) -%}
    case when {{ is_document_part(erp_document_id) }}
        then substring({{ erp_document_id }}, 1, position('#' in {{ erp_document_id }}) - 1)
        else {{ erp_document_id }} end
{%- endmacro %}

{#- An id that is itself one part of a document: something stands before its `#`. -#}
{% macro is_document_part(erp_document_id) -%}
    (position('#' in {{ erp_document_id }}) > 1)
{%- endmacro %}

{% macro exception_id(code, subject_type, subject_id) -%}
    md5(concat({{ code }}, '|', {{ subject_type }}, '|', {{ subject_id }}))
{%- endmacro %}
