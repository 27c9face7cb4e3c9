-- Token buckets: how much somebody may still ask of a class of routes. Unlogged, so that taking a token never waits for the
-- disk; what a crash loses is that the buckets are full again. No index but the key: every other column changes with each
-- token, and the free space keeps those updates off the index.
create unlogged table platform.token_buckets (
    -- `<class>:<kind of subject>:<subject>`.
    key        text primary key,
    tokens     float8 not null,
    counted_at timestamptz not null,
    -- From then on the row says nothing that its absence would not say.
    full_at    timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
