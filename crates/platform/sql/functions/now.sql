-- The clock of all SQL. Production is now(); the test template replaces this function by one with an offset.
create or replace function platform.now() returns timestamptz
language sql stable parallel safe
as $$ select now() $$;
