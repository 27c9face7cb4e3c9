-- The second that a token of an account says it was issued in. A revocation ends the tokens that say its own second or an earlier
-- one; whoever signs in after it, but within that second, gets the next. One that says a whole second is the second one within one
-- second (identity.revoke_tokens), written before what it says: whatever is issued follows it, an answer that is repeated included.
create or replace function identity.issue_second(account uuid, issued_at timestamptz) returns int8
language sql stable
as $$
    select greatest(
        floor(extract(epoch from issue_second.issued_at))::int8,
        (select floor(extract(epoch from r.revoked_at))::int8 + 1
         from identity.revocations r
         where r.kind = 'subject' and r.id = issue_second.account::text
           and (r.revoked_at <= issue_second.issued_at or r.revoked_at = date_trunc('second', r.revoked_at))))
$$;
