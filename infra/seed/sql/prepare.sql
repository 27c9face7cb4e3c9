-- What posts are drawn from. Left in a schema of its own, and dropped at the end.
create schema if not exists seed;

-- A number from 0 to 1 that depends on two others alone.
create or replace function seed.draw(i int8, k int8) returns float8
language sql immutable
as $$ select ((hashint8extended(i, k) >> 11) & 9007199254740991)::float8 / 9007199254740992 $$;

-- A place from 1 to `many`; the first are drawn most, each as often as its place goes into one (Zipf).
create or replace function seed.place(i int8, k int8, many int8) returns int8
language sql immutable
as $$ select least(many, floor(exp(seed.draw(i, k) * ln(many + 1)))::int8) $$;

-- The word of a number, of three syllables; 343,000 different ones. In plpgsql: a statement inside of the function would be set up anew
-- for each of the ten thousands of words.
create or replace function seed.word(n int8) returns text
language plpgsql immutable
as $$
declare
    m int := (n * 7919) % 343000;
begin
    return substr('bdfghjklmnprst', 1 + m % 14, 1) || substr('aeiou', 1 + m % 70 / 14, 1)
        || substr('bdfghjklmnprst', 1 + m / 70 % 14, 1) || substr('aeiou', 1 + m / 70 % 70 / 14, 1)
        || substr('bdfghjklmnprst', 1 + m / 4900 % 14, 1) || substr('aeiou', 1 + m / 4900 % 70 / 14, 1);
end
$$;

create or replace function seed.author(n int8) returns uuid
language sql immutable
as $$ select md5('seeded author ' || n)::uuid $$;

do $$
begin
    create aggregate seed.joined(tsvector) (sfunc = tsvector_concat, stype = tsvector);
exception when duplicate_function then
    null;
end
$$;

create unlogged table if not exists seed.sentences (n int8 primary key, text text not null, vector tsvector not null);

insert into seed.sentences (n, text, vector)
select s.n, s.text, to_tsvector('english', blog.fold(s.text))
from (
    select n, initcap(left(string_agg(w.word, ' ' order by k), 1)) || substr(string_agg(w.word, ' ' order by k), 2) || '.' as text
    from generate_series(1, 5000) n
    cross join generate_series(1, 12) k
    cross join lateral (select seed.word(seed.place(n, k, 20000)) as word) w
    group by n) s
on conflict do nothing;

insert into identity.accounts (id, email, username, username_key, email_verified_at, created_at, updated_at)
select seed.author(n), 'seeded-' || n || '@example.com', 'seeded-' || n, 'seeded-' || n, platform.now(), platform.now(), platform.now()
from generate_series(1, 1000) n
on conflict do nothing;

insert into profile.profiles (user_id, display_name, followers_count, following_count, updated_at)
select seed.author(n), initcap(seed.word(n)) || ' ' || initcap(seed.word(n + 1000)), 20, 20, platform.now()
from generate_series(1, 1000) n
on conflict do nothing;

insert into profile.follows (follower_id, followed_id, created_at)
select seed.author(n), seed.author(1 + (n + k - 1) % 1000), platform.now()
from generate_series(1, 1000) n, generate_series(1, 20) k
on conflict do nothing;
