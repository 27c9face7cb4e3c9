-- Text with the words of a query between <mark> and </mark>, as HTML: everything else is escaped. The marks travel as two characters
-- of the private use area, which are taken out of the text first.
create or replace function blog.highlight(source text, query tsquery, options text) returns text
language sql immutable
as $$
    select replace(replace(
        replace(replace(replace(replace(
            ts_headline('english', translate(source, U&'\E000\E001', ''), query,
                        U&'StartSel="\E000", StopSel="\E001", ' || options),
            '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'),
        U&'\E000', '<mark>'), U&'\E001', '</mark>')
$$;
