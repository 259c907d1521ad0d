-- As exact-title, of the artist.
-- index: idx_audio_tracks_artist_key
-- params: ["VEQUILOLO vepelove", 20]
select id, title
from library.audio_tracks
where library.match_key(artist) = library.match_key($1)
order by library.search_order(popularity, id) desc
limit $2;
