select identity.oauth_delete_client($1, $2, $3)::text
