-- Takes a TOTP seed into use by its first code, whose step `step` is null when the code was wrong. The hashes of new recovery codes,
-- in hex, take the place of old ones. Answers {outcome: confirmed|refused|ended}.
create or replace function identity.confirm_totp(
    context jsonb, account uuid, session uuid, id uuid, step int8, network text, recovery_hashes text[]) returns jsonb
language plpgsql volatile
as $$
begin
    perform 1 from identity.accounts a where a.id = confirm_totp.account for no key update;
    if not identity.session_is_live(confirm_totp.account, confirm_totp.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    update identity.totp_factors t set confirmed_at = platform.now(), last_step = confirm_totp.step
    where t.account_id = confirm_totp.account and t.id = confirm_totp.id and t.confirmed_at is null
      and confirm_totp.step is not null;
    if not found then
        perform identity.count_failure('mfa:' || confirm_totp.account, confirm_totp.network);
        return jsonb_build_object('outcome', 'refused');
    end if;
    perform identity.replace_recovery_codes(confirm_totp.account, confirm_totp.recovery_hashes);
    perform platform.record(context, 'totp.enabled', 'account', confirm_totp.account::text);
    perform identity.tell_of_factor(context, confirm_totp.account, 'totp_enabled');
    return jsonb_build_object('outcome', 'confirmed');
end
$$;
