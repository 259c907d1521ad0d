drop index library.idx_audio_tracks_placed_names;
drop function library.placed_names(tsvector, smallint, uuid);
drop function library.order_slices(bigint);
drop function library.order_part(bigint);
