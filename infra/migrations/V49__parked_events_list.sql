-- What operators list: by state, each consumer's in the order of its events. All of a consumer's are in the primary key.
drop index platform.parked_events_dead;
create index parked_events_state on platform.parked_events (state, consumer, xid, seq);
drop function if exists platform.list_parked_events(text, text, int);
