-- Asks for the rotation of keys: {tasks: [kind]}. Once a minute, however often it is asked.
create or replace function identity.rotate_keys(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    minute text := to_char(platform.now(), 'YYYYMMDDHH24MI');
begin
    perform platform.enqueue(context, 'rotate_signing_keys', 'asked:' || minute, '{"now": true}');
    perform platform.enqueue(context, 'rewrap_secrets', 'asked:' || minute, '{}');
    perform platform.enqueue(context, 'rewrap_keys', 'asked:' || minute, '{}');
    perform platform.record(context, 'keys.rotation_requested', 'key', 'all');
    return jsonb_build_object('tasks', array['rotate_signing_keys', 'rewrap_secrets', 'rewrap_keys']);
end
$$;
