-- Whether the newest key of an algorithm signs and is older than `min_age_s`, or there is none: making another takes seconds.
create or replace function identity.signing_key_is_due(algorithm text, min_age_s int) returns boolean
language sql stable
as $$
    select not exists (
        select 1 from identity.signing_keys k
        where k.algorithm = signing_key_is_due.algorithm and k.trusted_until is null
          and k.signs_from > platform.now() - min_age_s * interval '1 second')
$$;
