-- Another registration with an address that nobody has proved yet. Its code takes over from the earlier registration: the password
-- and name of this one count, and all that was set up before goes. While an earlier code can still be in the mailbox nobody can
-- tell which code belongs to whom; then a code confirms no password at all, and whoever proves the mailbox chooses a new one.
-- The caller holds the lock on the account.
create or replace function identity.claim_unproved(
    context jsonb, owner identity.accounts, username text, username_key text, password_hash text,
    code text, code_hash bytea, network text) returns void
language plpgsql volatile
as $$
declare
    known     identity.email_codes;
    contested boolean;
begin
    select c.* into known from identity.email_codes c
    where c.account_id = owner.id and c.purpose = 'verify' for update;
    contested := coalesce(known.code_hash is not null and known.expires_at > platform.now(), false)
              or coalesce(known.contested_until > platform.now(), false);
    insert into identity.email_codes as c (
        account_id, purpose, email, code_hash, expires_at, network, keeps_password, password_hash, username, username_key,
        contested_until, attempts_since, sends_since, sent_at)
    values (owner.id, 'verify', owner.email, null, '-infinity', claim_unproved.network, false,
            case when not contested then claim_unproved.password_hash end,
            case when not contested then claim_unproved.username end,
            case when not contested then claim_unproved.username_key end,
            case when contested then platform.now() + interval '1 hour' end,
            platform.now(), platform.now(), '-infinity')
    on conflict on constraint email_codes_pkey do update
    set network = excluded.network, keeps_password = false, password_hash = excluded.password_hash,
        username = excluded.username, username_key = excluded.username_key, contested_until = excluded.contested_until;
    perform identity.send_code(context, owner.id, 'verify', claim_unproved.code, claim_unproved.code_hash);
end
$$;
