-- Where in the order of search the next rows_wanted tracks below a place end; null where there are not so many. From the
-- counts alone: tracks of one popularity are spread evenly. Only how long a search takes depends on it.
create function library.place_below(before bigint, rows_wanted double precision) returns bigint
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    select (s.popularity::bigint << 40) + (s.share * (1 - (rows_wanted - s.above) / s.here) * 1099511627776)::bigint
    from (
      select r.popularity, r.share, r.here, sum(r.here) over (order by r.popularity desc) - r.here as above
      from (
        select c.popularity, p.share, greatest(c.tracks * p.share, 0) as here
        from library.popularity_counts c, lateral (select case when c.popularity = before >> 40
          then (before & 1099511627775) / 1099511627776.0::double precision else 1 end as share) p
        where c.popularity <= before >> 40
      ) r
    ) s
    where s.here > 0 and s.above + s.here >= rows_wanted
    order by s.popularity desc
    limit 1
  );
end
$$;

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

-- The tracks of one page, by reference. What 3,000 tracks fit, as far as the counts tell, is looked up in the words' index
-- and put in order. If there are twice as many after all (words that go together, as greatest hits), and for the rest, it
-- goes the way of search_places, one exactness after the other.
create function library.search_page(query library.parsed_query, max_results integer, after_exactness integer,
    after_place bigint, after_id uuid)
  returns table (exactness integer, place bigint, id uuid)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  total constant double precision := (select sum(c.tracks) from library.popularity_counts c);
  is_any constant boolean := strpos(query.stems::text, '|') > 0;
  rarest double precision;
  rarest_named double precision;
  share double precision;
  share_named double precision;
  gathered integer := 0;
  missing integer := max_results;
  before bigint;
  few integer[];
  few_places bigint[];
  few_ids uuid[];
  matched bigint;
begin
  -- With "or" as common as all its words together, otherwise at most as common as the rarest.
  select case when is_any then sum(w.tracks) else min(w.tracks) end,
    case when is_any then 1 else exp(sum(ln(least((w.tracks + 1) / (total + 1), 1)))) end
  into rarest, share from library.query_words(query.stems) w;
  -- One word that 1,500 tracks have costs as much as the other way; several seldom stand together.
  if coalesce(rarest, 0) <= 1500 or share * total <= least(3000, rarest / 2) then
    select array_agg(f.exactness), array_agg(f.place), array_agg(f.id), max(f.matched)
    into few, few_places, few_ids, matched
    from library.search_at_most(query, 6000, max_results, after_exactness, after_place, after_id) f;
    if coalesce(matched, 0) <= 6000 then
      return query select * from unnest(few, few_places, few_ids);
      return;
    end if;
  end if;
  select case when is_any then sum(w.named_tracks) else min(w.named_tracks) end,
    case when is_any then 1 else exp(sum(ln(least((w.named_tracks + 1) / (total + 1), 1)))) end
  into rarest_named, share_named from library.query_words(query.words) w;
  for level in reverse least(after_exactness, case when query.key is null then 2 else 3 end) .. 1 loop
    before := case when level = after_exactness then after_place else 9223372036854775807 end;
    if level = 3 then
      return query select level, f.place, f.id from library.search_exact(query, before, after_id, missing) f;
    else
      return query select level, f.place, f.id from library.search_places(query, level, before, after_id, missing,
        case when level = 2 then rarest_named else rarest end,
        case when level = 2 then share_named else share end * total, total) f;
    end if;
    get diagnostics gathered = row_count;
    missing := missing - gathered;
    exit when missing <= 0;
  end loop;
end
$$;
