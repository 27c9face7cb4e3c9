-- Those of these words that a post to be seen has: one whose time is to come has told its words already, and one that is gone leaves
-- them behind. Words that search passes over are everybody's. All are looked for together, in as many steps as one word takes
-- (blog.newest_matching): a step asks first whether any of them is there.
create or replace function blog.seen_words(words text[]) returns text[]
language plpgsql stable
set enable_seqscan = off
as $$
declare
    moment   timestamptz := platform.now();
    missing  text[] := '{}';
    seen     text[] := '{}';
    rest     text[];
    first_at timestamptz;
    last_at  timestamptz;
    oldest   timestamptz;
    era      tsquery;
    query    tsquery;
    whole    tsquery;
    item     text;
begin
    foreach item in array words loop
        if numnode(websearch_to_tsquery('english', '"' || item || '"')) = 0 then
            seen := seen || item;
        else
            missing := missing || item;
        end if;
    end loop;
    if cardinality(missing) = 0 then
        return seen;
    end if;
    select w.first_at, w.last_at, w.oldest into first_at, last_at, oldest
    from blog.newest_window(moment, 'ffffffff-ffff-ffff-ffff-ffffffffffff') w;
    if first_at is null then
        return seen;
    end if;
    loop
        era := case when first_at > '-infinity' then blog.era_query(first_at, last_at) end;
        whole := null;
        foreach item in array missing loop
            query := websearch_to_tsquery('english', '"' || item || '"');
            whole := coalesce(whole || query, query);
        end loop;
        if blog.is_seen(coalesce(whole && era, whole), moment) then
            rest := '{}';
            foreach item in array missing loop
                query := websearch_to_tsquery('english', '"' || item || '"');
                if blog.is_seen(coalesce(query && era, query), moment) then
                    seen := seen || item;
                else
                    rest := rest || item;
                end if;
            end loop;
            missing := rest;
        end if;
        exit when first_at = '-infinity' or cardinality(missing) = 0;
        first_at := blog.wider_window(first_at, last_at, oldest, 10);
    end loop;
    return seen;
end
$$;

-- Whether a post that is to be seen matches. Posts and authors are looked up one by one, till there is one: joined, the planner would
-- read all of them.
create or replace function blog.is_seen(query tsquery, moment timestamptz) returns boolean
language plpgsql stable
as $$
begin
    return exists (
        with matching as materialized (
            select e.post_id, e.published_at from blog.search_entries e where e.vector @@ is_seen.query)
        select 1
        from matching m
        cross join lateral (select p.author_id from blog.posts p where p.id = m.post_id limit 1) p
        cross join lateral (select 1 from identity.public_accounts a where a.id = p.author_id limit 1) a
        where m.published_at <= moment);
end
$$;
