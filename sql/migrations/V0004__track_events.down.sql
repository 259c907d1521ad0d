drop trigger trg_audio_tracks_record_status on library.audio_tracks;
drop trigger trg_audio_tracks_check_status on library.audio_tracks;
drop table library.track_events;
drop function library.refuse_event_change();
drop function library.record_status_change();
drop function library.check_status_transition();
