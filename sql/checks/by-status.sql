-- The work list: what has waited longest in a status that is not the last one. The second condition is what lets a
-- prepared statement use the partial index, whatever $1 will be.
-- index: idx_audio_tracks_open_status
-- params: ["PENDING", 50]
select id, audio_path, created_at
from library.audio_tracks
where status = $1 and status <> 'COMPLETED'
order by created_at, id
limit $2;
