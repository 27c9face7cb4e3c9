-- Keeps a sealed TOTP seed until its first code confirms it; an earlier one that was not confirmed goes. Answers
-- {outcome: offered|confirmed_already|ended}.
create or replace function identity.offer_totp(context jsonb, account uuid, session uuid, id uuid, sealed text) returns jsonb
language plpgsql volatile
as $$
begin
    perform 1 from identity.accounts a where a.id = offer_totp.account for no key update;
    if not identity.session_is_live(offer_totp.account, offer_totp.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    insert into identity.totp_factors as t (account_id, id, sealed, created_at)
    values (offer_totp.account, offer_totp.id, offer_totp.sealed, platform.now())
    on conflict on constraint totp_factors_pkey do update
        set id = excluded.id, sealed = excluded.sealed, created_at = excluded.created_at, last_step = 0
        where t.confirmed_at is null;
    return jsonb_build_object('outcome', case when found then 'offered' else 'confirmed_already' end);
end
$$;
