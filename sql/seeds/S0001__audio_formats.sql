-- Can run any number of times: it brings each format to what stands here and leaves others alone.
insert into library.audio_formats as known (format, mime_type, extension)
values
  ('MP3', 'audio/mpeg', 'mp3'),
  ('FLAC', 'audio/flac', 'flac'),
  ('OGG', 'audio/ogg', 'ogg'),
  ('OPUS', 'audio/opus', 'opus'),
  ('WAV', 'audio/wav', 'wav'),
  ('AAC', 'audio/aac', 'aac'),
  ('M4A', 'audio/mp4', 'm4a'),
  ('AIFF', 'audio/aiff', 'aiff')
on conflict on constraint pk_audio_formats do update
  set mime_type = excluded.mime_type, extension = excluded.extension
  where (known.mime_type, known.extension) is distinct from (excluded.mime_type, excluded.extension);
