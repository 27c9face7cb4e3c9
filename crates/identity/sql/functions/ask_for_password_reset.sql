-- Somebody has forgotten a password. The same work whether anybody has the address or not: what it leads to is a task's business.
create or replace function identity.ask_for_password_reset(context jsonb, email text) returns jsonb
language plpgsql volatile
as $$
declare
    owner uuid;
begin
    select a.id into owner from identity.accounts a where a.email = ask_for_password_reset.email;
    perform platform.enqueue(
        context, 'send_password_reset',
        encode(sha256(convert_to(ask_for_password_reset.email, 'UTF8')), 'hex')
            || ':' || to_char(platform.now(), 'YYYYMMDDHH24MISS'),
        jsonb_build_object('account', owner), null, 10::smallint);
    return jsonb_build_object('outcome', 'asked');
end
$$;
