-- Which solved tickets have waited longest for another word of their user; they are closed in that order.
create index support_tickets_solved on platform.support_tickets (updated_at, id) where state = 'solved';
