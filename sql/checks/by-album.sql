-- All tracks of the albums with one name, artist by artist: "Greatest Hits" is not one album.
-- index: idx_audio_tracks_album_artist
-- params: ["Album 1 of vequilolo vepelove"]
select id, title, artist, year, duration
from library.audio_tracks
where album = $1
order by artist, title, id;
