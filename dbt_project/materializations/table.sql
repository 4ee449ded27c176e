{#-
    A table is dropped and made anew in one statement. dbt's own way (make beside, rename, rename, drop) protects readers
    of the warehouse; here readers have the published file, and each statement costs as much as most of the models.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and not existing.is_table %}{{ drop_relation_if_exists(existing) }}{% endif %}
    {% call statement('main') -%}
        drop table if exists {{ target_relation }};
        {{ duckdb__create_table_as(false, target_relation, compiled_code, 'sql') }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
