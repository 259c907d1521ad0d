-- What library.similar_words looks through for a misspelt word of a title.
-- index: idx_audio_tracks_title_trgm
-- params: ["quistatsa"]
select title
from library.audio_tracks
where title operator(extensions.%>) $1
limit 1000;
