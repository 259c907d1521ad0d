drop table library.audio_tracks;
drop function library.touch_updated_at();
