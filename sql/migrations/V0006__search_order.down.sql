drop index library.idx_audio_tracks_both_keys;
drop index library.idx_audio_tracks_artist_key;
drop index library.idx_audio_tracks_title_key;
drop index library.idx_audio_tracks_order;
drop function library.key_pair(integer, integer);
drop function library.match_key(text);
drop function library.match_text(text);
drop function library.parsed_text(text);
drop function library.search_order(smallint, uuid);
