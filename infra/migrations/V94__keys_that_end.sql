-- Keys that end within days, whose owners are told.
create index exchange_keys_ending on trading.exchange_keys (valid_until) where disconnected_at is null and valid_until is not null;
