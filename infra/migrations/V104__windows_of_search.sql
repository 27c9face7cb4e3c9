-- It is told how much wider.
drop function if exists blog.wider_window(timestamptz, timestamptz, timestamptz);
