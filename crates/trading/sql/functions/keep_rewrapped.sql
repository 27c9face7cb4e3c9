-- Keeps a key's envelopes under the current master key, if they are still the ones that were wrapped anew.
create or replace function trading.keep_rewrapped(
    key_id uuid, old_key text, old_secret text, new_key text, new_secret text) returns jsonb
language plpgsql volatile
as $$
begin
    update trading.exchange_keys k
    set sealed_key = new_key, sealed_secret = new_secret, rewrapped_at = platform.now()
    where k.id = keep_rewrapped.key_id and k.sealed_key = old_key and k.sealed_secret = old_secret
      and k.disconnected_at is null;
    return jsonb_build_object('outcome', case when found then 'kept' else 'changed' end);
end
$$;
