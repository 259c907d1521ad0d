-- Words one slip away from a misspelt one, as library.similar_words finds them.
-- index: idx_words_skips
-- params: ["quistatsa"]
select word, named_tracks
from library.words
where level is not null and library.word_skips(word) && library.word_skips($1);
