-- Forgets what has nothing left to say: {rows}. Codes and used refresh tokens go with their grant, an hour after it can't be used.
create or replace function identity.oauth_sweep() returns jsonb
language plpgsql volatile
as $$
declare
    rows    int8 := 0;
    counted int8;
begin
    delete from identity.oauth_used_once u where u.expires_at <= platform.now();
    get diagnostics counted = row_count;
    rows := rows + counted;
    delete from identity.oauth_requests r where r.expires_at <= platform.now();
    get diagnostics counted = row_count;
    rows := rows + counted;
    delete from identity.oauth_device_codes d where d.expires_at <= platform.now() - interval '1 hour';
    get diagnostics counted = row_count;
    rows := rows + counted;
    delete from identity.oauth_grants g where g.expires_at <= platform.now() - interval '1 hour';
    get diagnostics counted = row_count;
    rows := rows + counted;
    return jsonb_build_object('rows', rows);
end
$$;
