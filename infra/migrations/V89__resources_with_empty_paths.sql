-- Resources are kept without the slash of an empty path (RFC 3986 section 6.2.3).
do $$
declare
    holder text;
begin
    foreach holder in array array['oauth_clients', 'oauth_grants', 'oauth_refresh_tokens', 'oauth_device_codes'] loop
        execute format($update$
            update identity.%I h
            set resources = array(
                select regexp_replace(r.resource, '^(https?://[^/?#]+)/$', '\1')
                from unnest(h.resources) with ordinality r (resource)
                order by r.ordinality)
            where exists (select 1 from unnest(h.resources) r (resource) where r.resource ~ '^https?://[^/?#]+/$')
            $update$, holder);
    end loop;
end
$$;
