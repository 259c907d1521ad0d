drop index library.idx_audio_tracks_created;
drop index library.idx_audio_tracks_year_created;
drop index library.idx_audio_tracks_album_artist;
drop index library.idx_audio_tracks_artist_album;
drop index library.idx_audio_tracks_open_status;
drop index library.idx_audio_tracks_title_trgm;
drop index library.idx_audio_tracks_artist_trgm;
drop index library.idx_audio_tracks_search;
