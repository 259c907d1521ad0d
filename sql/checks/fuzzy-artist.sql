-- What library.similar_words looks through for a misspelt word of an artist.
-- index: idx_audio_tracks_artist_trgm
-- params: ["hulosoll"]
select artist
from library.audio_tracks
where artist operator(extensions.%>) $1
limit 1000;
