-- What each way to find tracks should take, from the counts alone.

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

-- How many tracks should have all the words (any of them, where "or" stands between), if they met by chance.
create function library.expected_tracks(asked tsquery, tracks integer[], total double precision)
  returns double precision
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  is_any constant boolean := strpos(asked::text, '|') > 0;
  expected double precision := case when is_any then 0 else total end;
  having_it integer;
begin
  if coalesce(cardinality(tracks), 0) = 0 then
    return 0;
  end if;
  foreach having_it in array tracks loop
    if is_any then
      expected := expected + having_it;
    else
      expected := greatest(expected * least((having_it + 1) / (total + 1), 1), 0.000000001);
    end if;
  end loop;
  return expected;
end
$$;

-- How many tracks of the order should hold as many as are wanted, with two standard deviations to spare.
create function library.search_reach(max_results integer, expected double precision, total double precision)
  returns double precision
  language sql immutable parallel safe
  return least((max_results + 2 * sqrt(max_results) + 1) / greatest(expected, 1), 1) * total;

-- What it takes to look for words in their index, in microseconds as measured at ten million tracks. A list of pairs holds
-- little more than what fits; of several other words the rarest one's list is gone through, and the others decoded.
create function library.lookup_cost(asked tsquery, tracks integer[], by_pairs boolean,
    expected double precision)
  returns double precision
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  having_it integer;
  fewest integer := 2147483647;
  together double precision := 0;
begin
  if by_pairs then
    return 0.2 * expected;
  elsif coalesce(cardinality(tracks), 0) = 0 then
    return 0;
  end if;
  foreach having_it in array tracks loop
    fewest := least(fewest, having_it);
    together := together + having_it;
  end loop;
  return case when cardinality(tracks) = 1 or strpos(asked::text, '|') > 0 then 0.1 * together
    else 0.5 * fewest + 0.01 * together end;
end
$$;

-- What looking for the words of title and artist in slices of the order takes, in microseconds as measured at ten million
-- tracks. The index goes through what is rarer, tracks with the words (0.1 each; 0.5 where they must meet) or tracks of the
-- slices, with a look at each slice (0.015), and reads the lists of both (0.005 and 0.008 a track).
create function library.sliced_cost(query library.parsed_query, sliced double precision, slices integer)
  returns double precision
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  is_any constant boolean := cardinality(query.word_lookup_tracks) = 1 or strpos(query.words::text, '|') > 0;
  fewest double precision := 'infinity';
  together double precision := 0;
  having_it integer;
begin
  if coalesce(cardinality(query.word_lookup_tracks), 0) = 0 then
    return 'infinity';
  end if;
  foreach having_it in array query.word_lookup_tracks loop
    fewest := least(fewest, having_it);
    together := together + having_it;
  end loop;
  return 0.005 * together + 0.008 * sliced + (case when is_any then 0.1 else 0.5 end + 0.015 * slices)
    * least(case when is_any then together else fewest end, sliced);
end
$$;

-- The slices that hold every track from the place lowest up to before, as what to ask idx_audio_tracks_placed_names for,
-- and what search_slices should take with them; fitting: tracks that the index names for the words alone. Null where there
-- are none: at the end of tracks without popularity.
create function library.find_slices(query library.parsed_query, fitting double precision, lowest bigint, before bigint,
    out slices tsquery, out cost double precision)
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
as $$
declare
  last constant integer := lowest >> 40;
  part constant integer := library.order_part(lowest);
  last_slice constant text := case when part > 0 then last || '.' || part else last::text end;
  first integer;
  sliced double precision;
begin
  if last = 0 and part = 0 then
    return;
  end if;
  -- The counts may not know of a popularity yet: what is found must not depend on them.
  first := least(before, coalesce((
    select library.search_order(t.popularity, t.id) from library.audio_tracks t
    order by library.search_order(t.popularity, t.id) desc limit 1), 0)) >> 40;
  slices := (select string_agg(format(''' %s''', case p when last then last_slice else p::text end), ' | ')
    from generate_series(last, first) p)::tsquery;
  sliced := (
    select coalesce(sum(c.tracks * case when c.popularity = last and part > 0 then 0.5 ^ (part + 2) else 1 end), 0)
    from library.popularity_counts c where c.popularity between last and first);
  cost := library.sliced_cost(query, sliced, first - last + 1) + 4 * fitting * sliced / greatest(query.total, 1);
end
$$;
