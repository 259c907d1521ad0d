-- What library.search_tracks walks along where a word is in very many tracks: the order of search.
-- index: idx_audio_tracks_order
-- params: [20]
select id, title, artist, popularity
from library.audio_tracks
order by library.search_order(popularity, id) desc
limit $1;
