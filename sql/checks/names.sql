-- Tracks with words in title and artist, as library.search_tracks looks for them where they are few.
-- index: idx_audio_tracks_names
-- params: ["kezozolo bastaba"]
select id, title, artist
from library.audio_tracks
where ts_filter(search_vector, '{a}') @@ library.search_query('library.music', $1);
