-- Both take the address that a notice goes to.
drop function if exists platform.notify(jsonb, text, uuid, text, jsonb);
drop function if exists platform.deliver_notification(
    jsonb, text, uuid, text, jsonb, text, text, text, jsonb, text, jsonb);
