-- The first task got a random id. Ids are times: lists had it for the newest task of all, and the clean-up for one of the future.
update platform.tasks t
set id = (lpad(to_hex((extract(epoch from t.created_at) * 1000)::int8), 12, '0')
          || '7' || substr(replace(t.id::text, '-', ''), 14))::uuid
where t.kind = 'bootstrap_admin' and t.idempotency_key = 'first' and t.state <> 'running';
