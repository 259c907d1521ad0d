-- The most frequent words that begin with what was typed, as library.suggest finds them.
-- index: idx_words_known
-- params: ["ba", "bb", 10]
select word, named_tracks
from library.words
where level >= 5 and word between $1 and $2
order by named_tracks desc, word
limit $3;
