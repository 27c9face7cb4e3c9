-- One more error in the history of a task or a parked event; the last fifty are kept.
create or replace function platform.add_error(errors jsonb, attempt int, error text, status int) returns jsonb
language sql stable
as $$
    select (case when jsonb_array_length(errors) >= 50 then errors - 0 else errors end)
        || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
            'attempt', attempt, 'at', platform.time_text(platform.now()), 'error', left(error, 2000), 'status', status)));
$$;
