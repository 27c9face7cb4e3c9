-- The account as its owner sees it; null when it is gone or disabled.
create or replace function identity.me(account uuid) returns jsonb
language sql stable
as $$
    select identity.user_document(a) || identity.account_access(a.id) || jsonb_build_object('mfa', false)
    from identity.accounts a
    where a.id = me.account and a.disabled_at is null
$$;
