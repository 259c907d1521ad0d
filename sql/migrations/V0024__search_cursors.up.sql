-- Where the page before ended: exactness, place and id of its last track, and which query it was.
-- ML003: text that search_tracks has not given, or has given for another query.
create function library.search_cursor(exactness integer, place bigint, id uuid, query library.parsed_query) returns text
  language sql immutable parallel safe
  return exactness || '.' || place || '.' || id || '.' || pg_catalog.hashtext(query.words::text || query.stems::text);

create function library.read_search_cursor(given text, query library.parsed_query,
    out exactness integer, out place bigint, out id uuid)
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  parts constant text[] := string_to_array(given, '.');
begin
  if given ~ '^[123]\.\d{1,15}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.-?\d{1,10}$' then
    exactness := parts[1]; place := parts[2]; id := parts[3];
    if given = library.search_cursor(exactness, place, id, query) then
      return;
    end if;
  end if;
  raise exception 'search cursor: is not one of this query'
    using errcode = 'ML003', schema = 'library',
      hint = 'Pass the cursor of the last track of the page before, with the same query.';
end
$$;
