-- Records and counts a password that was wrong; `account` is null when nobody has that name.
create or replace function identity.refuse_login(
    context jsonb, account uuid, name text, network text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
begin
    perform identity.release_hash_slot(holder, slot);
    perform identity.count_failure(refuse_login.name, refuse_login.network);
    perform platform.record(context, 'login.refused', 'account', coalesce(account::text, 'unknown'));
    return jsonb_build_object('outcome', 'refused');
end
$$;
