-- Takes the TOTP factor from an account whose owner has just typed the password; recovery codes go with the last second factor.
-- Answers {outcome: disabled|none|stale}.
create or replace function identity.disable_totp(
    context jsonb, account uuid, session uuid, password_hash text, network text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    owner      identity.accounts;
    was_in_use boolean;
begin
    -- Before the account, as at a login: of a lease that ran out another may be giving back the place.
    perform identity.release_hash_slot(holder, slot);
    owner := identity.confirmed_account(account, session, password_hash);
    if owner.id is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform identity.forgive_failures('account:' || owner.id, disable_totp.network);
    delete from identity.totp_factors t where t.account_id = owner.id
    returning t.confirmed_at is not null into was_in_use;
    if was_in_use is null then
        return jsonb_build_object('outcome', 'none');
    end if;
    if cardinality(identity.second_factors(owner.id)) = 0 then
        delete from identity.recovery_codes r where r.account_id = owner.id;
    end if;
    perform platform.record(context, 'totp.disabled', 'account', owner.id::text);
    if was_in_use then
        perform identity.tell_of_factor(context, owner.id, 'totp_disabled');
    end if;
    return jsonb_build_object('outcome', 'disabled');
end
$$;
