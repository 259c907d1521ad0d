alter table library.audio_tracks drop column popularity;
