-- Codes that nobody redeemed: their grants go.
create index oauth_codes_unused on identity.oauth_codes (expires_at) where used_at is null;
