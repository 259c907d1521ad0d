-- Tracks of one exactness below a place, the highest first. Looks among the first tracks of the order, as far as there
-- should be enough with the words, then further, then everywhere. rarest: tracks with the rarest word;
-- expected: with all of them, if they stood together by chance; total: all there are.
create function library.search_places(query library.parsed_query, exactness integer, before bigint, before_id uuid,
    max_results integer, rarest double precision, expected double precision, total double precision)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  found_ids uuid[] := '{}';
  found_places bigint[] := '{}';
  -- If every track with the rarest word fitted: twice as far as the results reach.
  reach double precision := 2.0 * max_results * total / greatest(rarest, 1);
  lowest bigint;
begin
  loop
    lowest := library.place_below(before, reach);
    exit when lowest is null or reach > total / 4;
    if reach < 0.027 * rarest then
      select array_agg(s.id), array_agg(s.place) into found_ids, found_places
      from library.search_walk(query, exactness, before, before_id, lowest, max_results) s;
    else
      select array_agg(s.id), array_agg(s.place) into found_ids, found_places
      from library.search_gather(query, exactness, before, before_id, lowest, max_results) s;
    end if;
    if cardinality(found_ids) >= max_results then
      return query select * from unnest(found_ids, found_places);
      return;
    end if;
    -- Few enough in all, as it seems now that they do not always stand together: less than another guess costs.
    exit when expected < 4000 or (coalesce(cardinality(found_ids), 0) + 3) * total / reach < 4000;
    reach := reach * greatest(2.0 * max_results / (coalesce(cardinality(found_ids), 0) + 1), 4);
  end loop;
  return query select s.id, s.place from library.search_whole(query, exactness, before, before_id, max_results) s;
end
$$;

drop function library.search_places(library.parsed_query, integer, bigint, uuid, integer, double precision,
  double precision);
