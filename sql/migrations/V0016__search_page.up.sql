-- One page of what a query finds, by whichever way is cheapest.

-- Tracks of one exactness (2 or 1) below a place, the highest first, by the way that should cost least: along the order,
-- where indexes meet, or by slices of the order, as far as there should be as many as are wanted, or all that fit. Where
-- that was not far enough, what was found makes the next guess. Costs are in microseconds: 4 for a track that fits, 2 for
-- one that is looked at in the order (a page is full before its end), 0.17 for one that an index names. Before it is known
-- which the slices are, ten are reckoned with.
create function library.search_places(query library.parsed_query, exactness integer, before bigint,
    before_id uuid, max_results integer)
  returns table (id uuid, place bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  asked constant tsquery := case exactness when 2 then query.words else query.stems end;
  tracks constant integer[] := case exactness when 2 then query.word_lookup_tracks else query.stem_lookup_tracks end;
  pairs constant integer[] := case exactness when 2 then query.word_pairs else query.stem_pairs end;
  total constant double precision := query.total;
  named constant double precision := library.expected_tracks(query.words, query.named_tracks, total);
  expected double precision := case exactness when 2 then named
    else library.expected_tracks(query.stems, query.stem_tracks, total) - named end;
  -- Tracks that the index names.
  fitting double precision := case when pairs is null then library.expected_tracks(asked, tracks, total) else expected end;
  lookup constant double precision := library.lookup_cost(asked, tracks, pairs is not null, fitting);
  reach double precision;
  lowest bigint;
  most integer := 6000;
  walk_cost double precision;
  gather_cost double precision;
  whole_cost double precision;
  slices tsquery;
  sliced_cost double precision;
  whole record;
  found_ids uuid[];
  found_places bigint[];
begin
  loop
    reach := library.search_reach(max_results, expected, total);
    lowest := case when reach < total then library.place_below(before, reach) end;
    walk_cost := 1.5 * reach;
    gather_cost := lookup + (0.17 + 4 * fitting / greatest(total, 1)) * reach;
    whole_cost := lookup + 4 * fitting;
    slices := null;
    if exactness = 2 and pairs is null and lowest is not null
      and library.sliced_cost(query, reach, 10) < least(walk_cost, gather_cost, whole_cost)
    then
      select s.slices, s.cost into slices, sliced_cost from library.find_slices(query, fitting, lowest, before) s;
    end if;
    if slices is not null and sliced_cost < least(walk_cost, gather_cost, whole_cost) then
      select array_agg(s.id), array_agg(s.place) into found_ids, found_places
      from library.search_slices(query, slices, before, before_id, lowest, max_results) s;
    elsif whole_cost < least(walk_cost, gather_cost) then
      select * into whole
      from library.search_whole(query, exactness = 2, most, max_results, exactness, before, before_id);
      if whole.matched <= most then
        return query select f.id, f.place from unnest(whole.exactnesses, whole.places, whole.ids) f (level, place, id)
          where f.level = exactness;
        return;
      end if;
      -- Words that go together: as many as the rarest one's may fit.
      most := 2147483646;
      fitting := (select min(t) from unnest(tracks) t);
      expected := greatest(10 * expected, 12000);
      continue;
    elsif walk_cost < gather_cost then
      select array_agg(s.id), array_agg(s.place) into found_ids, found_places
      from library.search_walk(query, exactness, before, before_id, coalesce(lowest, 0), max_results) s;
    else
      select array_agg(s.id), array_agg(s.place) into found_ids, found_places
      from library.search_gather(query, exactness, before, before_id, coalesce(lowest, 0), max_results) s;
    end if;
    if lowest is null or cardinality(found_ids) >= max_results then
      return query select * from unnest(found_ids, found_places);
      return;
    end if;
    expected := least(expected / 2, (coalesce(cardinality(found_ids), 0) + 1) * total / reach);
    if most = 6000 then
      fitting := least(fitting, expected);
    end if;
  end loop;
end
$$;

-- The tracks of one page, by reference. What few tracks fit, as far as the counts tell, is put in order as a whole. If
-- there are more after all (words that go together, as greatest hits), where title and artist alone should make a page for
-- less, and for the rest, it goes one exactness after the other.
create function library.search_page(query library.parsed_query, max_results integer, after_exactness integer,
    after_place bigint, after_id uuid)
  returns table (exactness integer, place bigint, id uuid)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  expected constant double precision := library.expected_tracks(query.stems, query.stem_tracks, query.total);
  reach constant double precision := library.search_reach(max_results, expected, query.total);
  fitting constant double precision := case when query.stem_pairs is null
    then library.expected_tracks(query.stems, query.stem_lookup_tracks, query.total) else expected end;
  lookup constant double precision :=
    library.lookup_cost(query.stems, query.stem_lookup_tracks, query.stem_pairs is not null, fitting);
  -- The least that a page of tracks with the words in title and artist takes; known where they are counted, and not
  -- expected to meet by chance.
  named constant double precision := library.expected_tracks(query.words, query.named_tracks, query.total);
  names_lookup constant double precision := library.lookup_cost(query.words, query.word_lookup_tracks, false, 0);
  is_counted constant boolean :=
    not query.is_negated and (cardinality(query.named_tracks) = 1 or strpos(query.words::text, '|') > 0);
  names_cost constant double precision := case
    when after_exactness < 2 or query.word_pairs is not null then 'infinity'
    else least(case when is_counted and named >= 5 * max_results then names_lookup + 4 * named end,
      library.sliced_cost(query, library.search_reach(max_results, named, query.total), 10)) end;
  missing integer := max_results;
  gathered integer;
  whole record;
begin
  if query.key is not null and after_exactness >= 3 then
    return query select 3, f.place, f.id from library.search_exact(query,
      case when after_exactness = 3 then after_place else 9223372036854775807 end, after_id, missing) f;
    get diagnostics gathered = row_count;
    missing := missing - gathered;
  end if;
  if missing > 0
    and lookup + 4 * fitting < least(names_cost, greatest(6000, least(1.5 * reach, lookup + 0.17 * reach)))
  then
    select * into whole
    from library.search_whole(query, false, 6000, missing, least(after_exactness, 3), after_place, after_id);
    if whole.matched <= 6000 then
      return query select * from unnest(whole.exactnesses, whole.places, whole.ids);
      return;
    end if;
  end if;
  for level in reverse least(after_exactness, 2) .. 1 loop
    exit when missing <= 0;
    return query select level, f.place, f.id
      from library.search_places(query, level,
        case when level = after_exactness then after_place else 9223372036854775807 end, after_id, missing) f;
    get diagnostics gathered = row_count;
    missing := missing - gathered;
  end loop;
end
$$;
