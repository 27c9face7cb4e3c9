-- Called by every function that moves money or credentials for somebody, or changes what people may do, before it reads or writes
-- anything; only a queue is taken earlier. Ends the whole statement, with the SQLSTATE that kit answers with 401, unless the credential of
-- the request stands at this very moment. A context without one does not pass.
create or replace function identity.require_live(context jsonb) returns void
language plpgsql volatile
as $$
begin
    if context -> 'credential' is null or jsonb_typeof(context -> 'credential') <> 'object'
       or not identity.credential_is_live(context -> 'credential') then
        raise exception using errcode = 'SP401', message = 'the credential was revoked';
    end if;
end
$$;
