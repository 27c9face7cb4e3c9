-- Somebody asks for another code. The same work whether anybody has the address or not: what it leads to is a task's business.
create or replace function identity.ask_for_code(context jsonb, email text, network text) returns jsonb
language plpgsql volatile
as $$
declare
    owner uuid;
begin
    select a.id into owner from identity.accounts a where a.email = ask_for_code.email;
    perform platform.enqueue(
        context, 'send_verification_code',
        encode(sha256(convert_to(ask_for_code.email, 'UTF8')), 'hex') || ':' || to_char(platform.now(), 'YYYYMMDDHH24MISS'),
        jsonb_build_object('account', owner, 'network', ask_for_code.network), null, 10::smallint);
    return jsonb_build_object('outcome', 'asked');
end
$$;
