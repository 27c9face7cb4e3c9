-- RFC 3339 in UTC with milliseconds, as every answer writes times.
create or replace function platform.time_text(at timestamptz) returns text
language sql stable parallel safe
as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
