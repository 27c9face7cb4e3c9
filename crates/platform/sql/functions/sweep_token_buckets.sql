-- Removes buckets that are full: {"outcome": "swept", "buckets": n}. Walks along the keys in portions, as the schedule asks for it:
-- an index on `full_at` would cost every token more than this costs all of them.
create or replace function platform.sweep_token_buckets() returns jsonb
language plpgsql volatile
as $$
declare
    portion constant int := 5000;
    here    text := '';
    seen    int;
    gone    text[];
    swept   int8 := 0;
    n       int8;
begin
    loop
        select count(*), max(p.key), array_agg(p.key) filter (where p.full_at <= platform.now())
        into seen, here, gone
        from (select b.key, b.full_at from platform.token_buckets b where b.key > here order by b.key limit portion) p;
        if gone is not null then
            delete from platform.token_buckets b where b.key = any (gone) and b.full_at <= platform.now();
            get diagnostics n = row_count;
            swept := swept + n;
        end if;
        exit when seen < portion;
    end loop;
    return jsonb_build_object('outcome', 'swept', 'buckets', swept);
end
$$;
