-- Marks a proof of possession (RFC 9449) as used, for longer than it could be shown again: true if it is the first time.
create or replace function identity.oauth_use_proof(thumbprint text, jti text) returns boolean
language sql volatile
as $$
    select identity.oauth_use_once(sha256(convert_to('proof ' || thumbprint || ' ' || jti, 'UTF8')), 150) ->> 'outcome' = 'first'
$$;
