-- Puts a secret's new envelope in the place of the old one, unless somebody has changed it meanwhile: {replaced}.
create or replace function identity.replace_sealed(purpose text, "row" text, old text, new text) returns jsonb
language plpgsql volatile
as $$
begin
    if replace_sealed.purpose = 'signing-key' then
        update identity.signing_keys k set sealed = replace_sealed.new
        where k.kid = replace_sealed."row" and k.sealed = replace_sealed.old;
    else
        update identity.totp_factors t set sealed = replace_sealed.new
        where t.account_id = split_part(replace_sealed."row", '/', 1)::uuid
          and t.id = split_part(replace_sealed."row", '/', 2)::uuid and t.sealed = replace_sealed.old;
    end if;
    return jsonb_build_object('replaced', found);
end
$$;
