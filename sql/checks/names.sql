-- Tracks with words in title and artist, as library.search_tracks looks for them where they are few.
-- index: idx_audio_tracks_placed_names
-- params: ["kezozolo bastaba"]
select id, title, artist
from library.audio_tracks
where library.placed_names(search_vector, popularity, id) @@ library.search_query('library.music', $1);
