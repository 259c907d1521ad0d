-- What library.search_tracks puts first: tracks whose whole title is the query, but for case, accents and signs.
-- index: idx_audio_tracks_title_key
-- params: ["Bababa", 20]
select id, artist
from library.audio_tracks
where library.match_key(title) = library.match_key($1)
order by library.search_order(popularity, id) desc
limit $2;
