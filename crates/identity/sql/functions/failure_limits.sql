-- How many failures of each kind are free, and for how long they count, in seconds. Of one name from one network ten: that is
-- 10 and then about 4 guesses an hour. Of one name from anywhere, and from one network with any name, a hundred (NIST SP 800-63B
-- section 3.2.2): the first stops strangers alone, never a network that the account is known to come from.
create or replace function identity.failure_limits(out kind text, out free int, out window_s int) returns setof record
language sql immutable
as $$ values ('pair', 10, 3600), ('name', 100, 86400), ('network', 100, 900) $$;
