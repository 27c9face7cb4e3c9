-- Whether the server knows a time zone by this name. Setting it is what reads one zone alone and takes no abbreviations; the clause below
-- sets it back.
create or replace function profile.is_time_zone(name text) returns boolean
language plpgsql volatile
set timezone = 'UTC'
as $$
begin
    perform set_config('TimeZone', name, true);
    return true;
exception when invalid_parameter_value then
    return false;
end
$$;
