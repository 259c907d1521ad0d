drop table library.audio_formats;
