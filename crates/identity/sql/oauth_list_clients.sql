select identity.oauth_list_clients($1, $2)::text
