select identity.oauth_list_consents($1)::text
