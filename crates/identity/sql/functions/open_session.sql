-- Signs in whoever has proved the password. Answers
--   opened, mfa_required  as identity.sign_in,
--   unverified            the operator wants addresses proved, and this one is not,
--   refused               the account is gone or disabled, or has another password by now.
create or replace function identity.open_session(
    context jsonb, account uuid, password_hash text, name text, network text, verification_required boolean,
    session uuid, refresh_hash bytea, jti uuid, challenge bytea, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    perform identity.release_hash_slot(holder, slot);
    -- Shared lock: whoever disables the account or changes its password waits, or is seen.
    select a.* into owner from identity.accounts a where a.id = account and a.disabled_at is null for share;
    if owner.id is null or owner.password_hash is distinct from open_session.password_hash then
        return jsonb_build_object('outcome', 'refused');
    end if;
    perform identity.forgive_failures(open_session.name, open_session.network);
    if verification_required and owner.email_verified_at is null then
        return jsonb_build_object('outcome', 'unverified');
    end if;
    return identity.sign_in(context, account, open_session.network, '{pwd}', session, refresh_hash, open_session.jti,
                            open_session.challenge);
end
$$;
