-- The newest tracks of one year.
-- index: idx_audio_tracks_year_created
-- params: [1999, 50]
select id, title, artist, album, created_at
from library.audio_tracks
where year = $1
order by created_at desc, id desc
limit $2;
