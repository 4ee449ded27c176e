{#-
    Pairs the rows of two CTEs that are equal in `keys`, n to n in time order; what is left over stays unpaired
    (matching.md, Refunds and Bank). Both CTEs carry document_id, event_at and the keys; a row with a NULL key pairs with nothing.
-#}
{% macro pair_in_time_order(left, right, keys) -%}
    select
        left_rows.document_id as left_id,
        right_rows.document_id as right_id
    from (
        select
            *,
            row_number() over (partition by {{ keys | join(', ') }} order by event_at, document_id) as pair_rank
        from {{ left }}
    ) as left_rows
    inner join (
        select
            *,
            row_number() over (partition by {{ keys | join(', ') }} order by event_at, document_id) as pair_rank
        from {{ right }}
    ) as right_rows
        on
            left_rows.pair_rank = right_rows.pair_rank
            {%- for key in keys %}
            and left_rows.{{ key }} = right_rows.{{ key }}
            {%- endfor %}
{%- endmacro %}

{#- Ids that both sides know and that differ. -#}
{% macro ids_conflict(left, right) -%}
    coalesce({{ left }} <> {{ right }}, false)
{%- endmacro %}

{#-
    Pairs documents with bank lines that are equal in `keys` and dated `first_day` to `last_day` days after them, n to n in time
    order (matching.md, Bank): day by day, each line takes the earliest document that is still free and in its reach. All reaches
    are equally long, so no order of choosing pairs more. Gives CTEs, the last one `name` with left_id (document) and right_id (line).
    Both CTEs carry document_id, event_date, event_at and the keys; a row with a NULL key pairs with nothing.

    Per key: after a day, taken = min(max(taken before, passed) + lines of the day, reached), where `passed` documents are too old
    for the day and `reached` are not too new. Less the lines so far, that is a value held between two bounds, so after any day
    it is the greatest, over the days until then, of that day's lower bound held under the upper bounds since: no recursion.
-#}
{% macro pair_within_days(name, documents, lines, keys, first_day, last_day) -%}
    {%- set key_list = keys | join(', ') -%}
{{ name }}_documents as (
    select
        *,
        row_number() over (partition by {{ key_list }} order by event_date, event_at, document_id) as position_in_key
    from {{ documents }}
),

{{ name }}_lines as (
    select
        *,
        row_number() over (partition by {{ key_list }}, event_date order by event_at, document_id) as position_in_day
    from {{ lines }}
),

{{ name }}_reach as (
    select
        {%- for key in keys %}
        days.{{ key }},
        {%- endfor %}
        days.event_date,
        days.line_count,
        sum(case when offers.event_date < {{ add_days('days.event_date', -last_day) }} then offers.document_count else 0 end) as passed,
        sum(case when offers.event_date <= {{ add_days('days.event_date', -first_day) }} then offers.document_count else 0 end) as reached
    from (
        select
            {{ key_list }},
            event_date,
            count(*) as line_count
        from {{ lines }}
        group by {{ key_list }}, event_date
    ) as days
    inner join (
        select
            {{ key_list }},
            event_date,
            count(*) as document_count
        from {{ documents }}
        group by {{ key_list }}, event_date
    ) as offers
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}days.{{ key }} = offers.{{ key }}
            {%- endfor %}
    group by {% for key in keys %}days.{{ key }}, {% endfor %}days.event_date, days.line_count
),

{{ name }}_bounds as (
    select
        *,
        passed - lines_so_far + line_count as lower_bound,
        reached - lines_so_far as upper_bound
    from (
        select
            *,
            sum(line_count) over (partition by {{ key_list }} order by event_date) as lines_so_far
        from {{ name }}_reach
    ) as counted
),

{{ name }}_held as (
    select
        later.*,
        earlier.lower_bound as held_bound,
        min(later.upper_bound) over (
            partition by {% for key in keys %}later.{{ key }}, {% endfor %}earlier.event_date
            order by later.event_date
        ) as least_upper_bound
    from {{ name }}_bounds as earlier
    inner join {{ name }}_bounds as later
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}earlier.{{ key }} = later.{{ key }}
            {%- endfor %}
            and earlier.event_date <= later.event_date
),

{{ name }}_taken as (
    select
        {{ key_list }},
        event_date,
        max(passed) as passed,
        max(lines_so_far) + max(least(held_bound, least_upper_bound)) as taken
    from {{ name }}_held
    group by {{ key_list }}, event_date
),

{{ name }}_days as (
    select
        *,
        greatest(passed, coalesce(lag(taken) over (partition by {{ key_list }} order by event_date), 0)) as taken_before
    from {{ name }}_taken
),

{{ name }}_places as (
    select
        {%- for key in keys %}
        {{ name }}_lines.{{ key }},
        {%- endfor %}
        {{ name }}_lines.document_id,
        {{ name }}_days.taken_before + {{ name }}_lines.position_in_day as position_in_key
    from {{ name }}_lines
    inner join {{ name }}_days
        on
            {{ name }}_lines.event_date = {{ name }}_days.event_date
            {%- for key in keys %}
            and {{ name }}_lines.{{ key }} = {{ name }}_days.{{ key }}
            {%- endfor %}
    where {{ name }}_days.taken_before + {{ name }}_lines.position_in_day <= {{ name }}_days.taken
),

{{ name }} as (
    select
        {{ name }}_documents.document_id as left_id,
        {{ name }}_places.document_id as right_id
    from {{ name }}_places
    inner join {{ name }}_documents
        on
            {{ name }}_places.position_in_key = {{ name }}_documents.position_in_key
            {%- for key in keys %}
            and {{ name }}_places.{{ key }} = {{ name }}_documents.{{ key }}
            {%- endfor %}
)
{%- endmacro %}
