-- Whole milliseconds, as cursors carry them, whoever writes them: of follows of one moment, pages after the first were empty otherwise.
alter table profile.follows alter column created_at type timestamptz(3);
