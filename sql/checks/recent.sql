-- The newest tracks, one page by keyset: $1 and $2 are created_at and id of the page before's last track.
-- index: idx_audio_tracks_created
-- params: ["2025-06-01T00:00:00Z", "ffffffff-ffff-ffff-ffff-ffffffffffff", 50]
select id, title, artist, album, created_at
from library.audio_tracks
where (created_at, id) < ($1, $2)
order by created_at desc, id desc
limit $3;
