-- It takes the stamp of what is known now.
drop function if exists blog.feed(text, text, int8);
