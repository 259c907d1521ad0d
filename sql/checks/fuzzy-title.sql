-- Titles with a word like a misspelt one, for callers with an order of their own. fuzzy_tracks asks library.words instead.
-- index: idx_audio_tracks_title_trgm
-- params: ["quistatsa"]
select title
from library.audio_tracks
where title operator(extensions.%>) $1
limit 1000;
