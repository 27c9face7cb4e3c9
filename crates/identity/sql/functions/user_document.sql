-- An account as its owner sees it in the answer to a registration.
create or replace function identity.user_document(account identity.accounts) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', account.id,
        'email', account.email,
        'username', account.username,
        'email_verified', account.email_verified_at is not null,
        'created_at', platform.time_text(account.created_at))
$$;
