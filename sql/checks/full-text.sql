-- What library.search_tracks looks through for words that few tracks have.
-- index: idx_audio_tracks_search
-- params: ["kezozolo bastaba", 20]
select id, title, artist
from library.audio_tracks
where search_vector @@ library.search_query('library.music_stems', $1)
order by ts_rank(search_vector, library.search_query('library.music', $1)) desc, id
limit $2;
