-- Artists with a word like a misspelt one, for callers with an order of their own. fuzzy_tracks asks library.words instead.
-- index: idx_audio_tracks_artist_trgm
-- params: ["hulosoll"]
select artist
from library.audio_tracks
where artist operator(extensions.%>) $1
limit 1000;
