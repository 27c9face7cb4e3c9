-- Mistakes between two words: letters that are missing, too many, others, or swapped with their neighbour (optimal string alignment).
create or replace function blog.edit_distance(a text, b text) returns int
language plpgsql immutable
as $$
declare
    width    int := length(b);
    before   int[];
    previous int[];
    current  int[];
    cost     int;
begin
    previous := array(select generate_series(0, width));
    for i in 1 .. length(a) loop
        current := array[i];
        for j in 1 .. width loop
            cost := (substr(a, i, 1) <> substr(b, j, 1))::int;
            current[j + 1] := least(current[j] + 1, previous[j + 1] + 1, previous[j] + cost);
            if i > 1 and j > 1 and substr(a, i, 1) = substr(b, j - 1, 1) and substr(a, i - 1, 1) = substr(b, j, 1) then
                current[j + 1] := least(current[j + 1], before[j - 1] + 1);
            end if;
        end loop;
        before := previous;
        previous := current;
    end loop;
    return previous[width + 1];
end
$$;
