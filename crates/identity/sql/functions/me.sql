-- The account as its owner sees it; null when it is gone or disabled. It comes from several tables, so its version is told from what it
-- says.
create or replace function identity.me(account uuid) returns jsonb
language sql stable
as $$
    select d.document || jsonb_build_object('version', hashtextextended(d.document::text, 0))
    from (
        select identity.user_document(a) || identity.account_access(a.id) || jsonb_build_object(
            'mfa', cardinality(identity.second_factors(a.id)) > 0,
            'pending_email', (
                select c.email from identity.email_codes c
                where c.account_id = a.id and c.purpose = 'change'
                  and c.sent_at > platform.now() - interval '10 minutes')) as document
        from identity.accounts a
        where a.id = me.account and a.disabled_at is null) d
$$;
