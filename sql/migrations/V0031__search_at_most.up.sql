-- Every track that fits, its exactness found out one by one; after the first `most` of them it stops, and matched says so.
create function library.search_at_most(query library.parsed_query, most integer, max_results integer,
    after_exactness integer, after_place bigint, after_id uuid)
  returns table (exactness integer, place bigint, id uuid, matched bigint)
  language plpgsql stable rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  set enable_indexscan = off
  set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  return query
    select f.exactness, f.place, f.id, f.matched
    from (
      select t.id, library.search_order(t.popularity, t.id) as place,
        case when not ts_filter(t.search_vector, '{a}') @@ query.words then 1
          when query.key is not null and library.is_exact(t.title, t.artist, query) then 3
          else 2 end as exactness,
        count(*) over () as matched
      from (
        select u.id, u.popularity, u.title, u.artist, u.search_vector from library.audio_tracks u
        where u.search_vector @@ query.stems limit most + 1
      ) t
    ) f
    where (f.exactness, f.place, f.id) < (after_exactness, after_place, after_id)
    order by f.exactness desc, f.place desc, f.id desc
    limit max_results;
end
$$;
