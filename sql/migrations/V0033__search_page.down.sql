-- Every track that fits, its exactness found out one by one.
create function library.search_few(query library.parsed_query, max_results integer, after_exactness integer,
    after_place bigint, after_id uuid)
  returns table (exactness integer, place bigint, id uuid)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  return query
    select f.exactness, f.place, f.id
    from (
      select t.id, library.search_order(t.popularity, t.id) as place,
        case when not ts_filter(t.search_vector, '{a}') @@ query.words then 1
          when query.key is not null and library.is_exact(t.title, t.artist, query) then 3
          else 2 end as exactness
      from library.audio_tracks t
      where t.search_vector @@ query.stems
      -- So that exactness is found out once a track.
      offset 0
    ) f
    where (f.exactness, f.place, f.id) < (after_exactness, after_place, after_id)
    order by f.exactness desc, f.place desc, f.id desc
    limit max_results;
end
$$;

-- The tracks of one page, by reference. Words that few tracks have are looked up in their index, and what is found is
-- put in order; others go the way of search_places, one exactness after the other.
create or replace function library.search_page(query library.parsed_query, max_results integer, after_exactness integer,
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
  gathered integer := 0;
  missing integer := max_results;
  before bigint;
begin
  -- With "or" as common as all its words together, otherwise at most as common as the rarest.
  select case when is_any then sum(w.tracks) else min(w.tracks) end,
    case when is_any then 1 else exp(sum(ln(least((w.tracks + 1) / (total + 1), 1)))) end
  into rarest, share from library.query_words(query.stems) w;
  if coalesce(rarest, 0) <= 1500 or rarest <= 8000 and share * total <= 300 then
    return query select * from library.search_few(query, max_results, after_exactness, after_place, after_id);
    return;
  end if;
  select case when is_any then sum(w.named_tracks) else min(w.named_tracks) end
  into rarest_named from library.query_words(query.words) w;
  for level in reverse least(after_exactness, case when query.key is null then 2 else 3 end) .. 1 loop
    before := case when level = after_exactness then after_place else 9223372036854775807 end;
    if level = 3 then
      return query select level, f.place, f.id from library.search_exact(query, before, after_id, missing) f;
    else
      return query select level, f.place, f.id from library.search_places(query, level, before, after_id, missing,
        case when level = 2 then rarest_named else rarest end, total) f;
    end if;
    get diagnostics gathered = row_count;
    missing := missing - gathered;
    exit when missing <= 0;
  end loop;
end
$$;
