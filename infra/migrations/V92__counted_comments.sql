-- Comments that are to be seen are counted along this, where their posts were read: of a million, three gigabytes.
create index comments_counted on blog.comments (number) where counted;
