-- Removes buckets that are full: {"outcome": "swept", "buckets": n}. One pass over the table, and the schedule's to call.
create or replace function platform.sweep_token_buckets() returns jsonb
language plpgsql volatile
as $$
declare
    swept int8;
begin
    delete from platform.token_buckets b where b.full_at <= platform.now();
    get diagnostics swept = row_count;
    return jsonb_build_object('outcome', 'swept', 'buckets', swept);
end
$$;
