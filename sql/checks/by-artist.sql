-- All tracks of one artist, album by album.
-- index: idx_audio_tracks_artist_album
-- params: ["vequilolo vepelove"]
select id, title, album, year, duration
from library.audio_tracks
where artist = $1
order by album, title, id;
