-- Publishes the next key of an algorithm. It signs after `lead_s` seconds, which must be longer than anybody may keep the key set, and
-- the present one verifies for `overlap_s` longer, which must be longer than a token lives. Nothing happens to a key that is younger
-- than `min_age_s`. Answers
--   rotated  {kid, signs_from},
--   pending  {kid, signs_from}: the next one is published already and does not sign yet,
--   young    {kid, signs_from}.
create or replace function identity.rotate_signing_key(
    context jsonb, algorithm text, kid text, x text, sealed text, lead_s int, overlap_s int, min_age_s int) returns jsonb
language plpgsql volatile
as $$
declare
    newest  identity.signing_keys;
    start   timestamptz := platform.now() + lead_s * interval '1 second';
    verdict text := 'rotated';
begin
    select k.* into newest
    from identity.signing_keys k
    where k.algorithm = rotate_signing_key.algorithm and k.trusted_until is null
    for update;
    if newest.kid is null then
        -- The first of all: nobody can have kept a key set without it.
        start := platform.now();
    elsif newest.signs_from > platform.now() then
        verdict := 'pending';
    elsif newest.signs_from > platform.now() - min_age_s * interval '1 second' then
        verdict := 'young';
    end if;
    if verdict <> 'rotated' then
        return jsonb_build_object('outcome', verdict, 'kid', newest.kid,
                                  'signs_from', platform.time_text(newest.signs_from));
    end if;
    update identity.signing_keys k set trusted_until = start + overlap_s * interval '1 second'
    where k.kid = newest.kid;
    insert into identity.signing_keys (kid, algorithm, x, sealed, created_at, signs_from)
    values (rotate_signing_key.kid, rotate_signing_key.algorithm, rotate_signing_key.x, rotate_signing_key.sealed,
            platform.now(), start);
    perform platform.record(context, 'signing_key.rotated', 'signing_key', rotate_signing_key.kid);
    return jsonb_build_object('outcome', 'rotated', 'kid', rotate_signing_key.kid, 'signs_from', platform.time_text(start));
end
$$;
