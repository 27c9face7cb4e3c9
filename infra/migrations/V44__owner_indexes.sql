-- Export and deletion of an account read all that it has, what has ended too: the indexes by owner hold every row.
drop index blog.posts_author;
create index posts_author on blog.posts (author_id, id);

drop index identity.sessions_account;
create index sessions_account on identity.sessions (account_id, id desc);
drop index identity.api_keys_account;
create index api_keys_account on identity.api_keys (account_id, id desc);
drop index identity.oauth_grants_account;
create index oauth_grants_account on identity.oauth_grants (account_id, client_id);
drop index identity.oauth_grants_session;
create index oauth_grants_session on identity.oauth_grants (session_id);

drop index trading.exchange_keys_owner;
create index exchange_keys_owner on trading.exchange_keys (user_id, id desc);
drop index trading.bots_owner;
create index bots_owner on trading.bots (user_id, id desc);
-- What a kill switch stops.
create index bots_running on trading.bots (id) where state <> 'stopped' and deleted_at is null;
-- What /metrics counts.
create index bots_state on trading.bots (state, mode, stopped_by) where deleted_at is null;
