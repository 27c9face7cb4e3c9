-- Whether so few posts match that all of them can be looked at. GIN stops counting where it is sure that there are many, so the
-- answer costs the same for every word.
create or replace function blog.is_rare(query tsquery) returns boolean
language plpgsql stable
set gin_fuzzy_search_limit = 8000
set enable_seqscan = off
as $$
begin
    return (select count(*) from (select 1 from blog.search_entries e where e.vector @@ query limit 2001) m) <= 2000;
end
$$;
