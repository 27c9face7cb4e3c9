-- Compares a code. Counted before it is compared, on a locked row: of fifty guesses at once five are looked at, and asking for
-- another code gives none back. The row if the code is right, and then it is gone; else null.
create or replace function identity.take_code(account uuid, purpose text, email text, code_hash bytea)
returns identity.email_codes
language plpgsql volatile
as $$
declare
    tried identity.email_codes;
begin
    update identity.email_codes c
    set attempts = case when c.attempts_since <= platform.now() - interval '1 hour' then 1 else c.attempts + 1 end,
        attempts_since = case when c.attempts_since <= platform.now() - interval '1 hour' then platform.now()
                              else c.attempts_since end
    where c.account_id = take_code.account and c.purpose = take_code.purpose
      and (c.attempts < 5 or c.attempts_since <= platform.now() - interval '1 hour')
    returning c.* into tried;
    if tried.code_hash is distinct from take_code.code_hash or tried.code_hash is null
       or tried.email <> take_code.email or tried.expires_at <= platform.now() then
        return null;
    end if;
    delete from identity.email_codes c
    where c.account_id = take_code.account and c.purpose = take_code.purpose;
    return tried;
end
$$;
