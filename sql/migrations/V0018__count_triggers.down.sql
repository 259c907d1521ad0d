drop trigger trg_audio_tracks_words_emptied on library.audio_tracks;
drop trigger trg_audio_tracks_words_renamed on library.audio_tracks;
drop trigger trg_audio_tracks_words_removed on library.audio_tracks;
drop trigger trg_audio_tracks_words_added on library.audio_tracks;
