select identity.oauth_browser_session($1)::text
