-- Replaces a password by the link that was mailed: good once, of two at the same moment one wins. The link proves the mailbox, so
-- what was set up before anybody had proved it goes, second factors included; later ones stay, for a mailbox is none. Back-off that
-- strangers have caused ends, and the network is known from now on. Answers {outcome: reset|unknown}.
create or replace function identity.reset_password(
    context jsonb, token_hash bytea, new_hash text, network text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    owner    identity.accounts;
    as_owner jsonb;
begin
    perform identity.release_hash_slot(holder, slot);
    -- The account first, as everybody does who locks both.
    select a.* into owner
    from identity.accounts a
    where a.id = (select r.account_id from identity.password_resets r where r.hash = reset_password.token_hash)
      and a.disabled_at is null
    for update;
    delete from identity.password_resets r
    where r.hash = reset_password.token_hash and r.account_id = owner.id and r.expires_at > platform.now();
    if not found then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    as_owner := context || jsonb_build_object('actor', owner.id);
    perform identity.end_access(owner.id, null);
    if owner.email_verified_at is null then
        perform identity.drop_factors(owner.id);
        delete from identity.email_codes c where c.account_id = owner.id;
        delete from identity.known_networks k where k.account_id = owner.id;
    end if;
    update identity.accounts a
    set password_hash = new_hash, email_verified_at = coalesce(a.email_verified_at, platform.now()),
        updated_at = platform.now()
    where a.id = owner.id
    returning a.* into owner;
    perform identity.forgive_failures('email:' || owner.email, reset_password.network);
    perform identity.forgive_failures('username:' || owner.username_key, reset_password.network);
    insert into identity.known_networks as k (account_id, network, last_login_at)
    values (owner.id, reset_password.network, platform.now())
    on conflict on constraint known_networks_pkey do update set last_login_at = excluded.last_login_at;
    perform platform.record(as_owner, 'password.reset', 'account', owner.id::text);
    perform identity.tell_of_password(as_owner, owner);
    return jsonb_build_object('outcome', 'reset');
end
$$;
