-- Clients with an id after `after`, in their order, one more than `page`.
create or replace function identity.oauth_list_clients(after text, page int8) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(identity.oauth_client_document(c) order by c.id), '[]')
    from (
        select l.* from identity.oauth_clients l
        where oauth_list_clients.after is null or l.id > oauth_list_clients.after
        order by l.id
        limit oauth_list_clients.page + 1) c
$$;
