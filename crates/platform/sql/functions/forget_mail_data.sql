-- A mail's data holds codes and links. They go from the task with whatever ends it.
create or replace function platform.forget_mail_data() returns trigger
language plpgsql
as $$
begin
    new.payload := new.payload - 'data';
    return new;
end
$$;
create or replace trigger forget_mail_data
before update of state on platform.tasks
for each row when (new.kind = 'send_mail' and new.state in ('done', 'dead', 'cancelled'))
execute function platform.forget_mail_data();
