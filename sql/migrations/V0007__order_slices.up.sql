-- Parts of the order of search as words, so that one index can tell which of the tracks with a word come first: reading all
-- of some thousand takes ten times as long as the index that leaves a few dozen of them.
-- migrator: ignore require-concurrent-index-creation because the table is made in an earlier step and is empty here

-- Which of the first parts of its popularity a place stands in: 1 is the first eighth, 2 the first sixteenth, and so on to
-- 7, the first 512th; 0 is none of them. The numbers are what 2^40 places have below those parts.
create function library.order_part(place bigint) returns integer
  language sql immutable parallel safe
  return pg_catalog.width_bucket(place & 1099511627775, array[962072674304, 1030792151040, 1065151889408, 1082331758592,
    1090921693184, 1095216660480, 1097364144128]);

-- The slices that a place is in: its popularity, and the parts of that. Each begins with a space, as no word does. Most
-- tracks have no popularity; of those only the parts are slices, so that the rest costs nothing.
create function library.order_slices(place bigint) returns text[]
  language sql immutable parallel safe
  return case when place >= 1099511627776 then array[' ' || (place >> 40)::text] else '{}'::text[] end
    || (array[' ' || (place >> 40)::text || '.1', ' ' || (place >> 40)::text || '.2', ' ' || (place >> 40)::text || '.3',
      ' ' || (place >> 40)::text || '.4', ' ' || (place >> 40)::text || '.5', ' ' || (place >> 40)::text || '.6',
      ' ' || (place >> 40)::text || '.7'])[1:library.order_part(place)];

-- Words of title and artist with the slices that the track is in.
create function library.placed_names(search_vector tsvector, popularity smallint, id uuid) returns tsvector
  language sql immutable parallel safe
  return case
    when popularity = 0 and library.order_part(library.search_order(popularity, id)) = 0
      then pg_catalog.ts_filter(search_vector, '{a}')
    else pg_catalog.ts_filter(search_vector, '{a}')
      || pg_catalog.array_to_tsvector(library.order_slices(library.search_order(popularity, id))) end;

-- Words of title and artist alone: idx_audio_tracks_search does not know where in a track a word stands.
create index idx_audio_tracks_placed_names on library.audio_tracks
  using gin (library.placed_names(search_vector, popularity, id));
