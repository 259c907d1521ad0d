create or replace function library.search_page(query library.parsed_query, max_results integer, after_exactness integer,
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
  if missing > 0 and lookup + 4 * fitting < greatest(6000, least(1.5 * reach, lookup + 0.17 * reach)) then
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

create or replace function library.search_places(query library.parsed_query, exactness integer, before bigint,
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
  whole record;
  found_ids uuid[];
  found_places bigint[];
begin
  loop
    reach := library.search_reach(max_results, expected, total);
    lowest := case when reach < total then library.place_below(before, reach) end;
    if lookup + 4 * fitting < least(1.5 * reach, lookup + 0.17 * reach) then
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
    elsif 1.5 * reach < lookup + 0.17 * reach then
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
