/** The audio that the service takes; `format` is a row of library.audio_formats. */
export const AUDIO_FORMATS = [
  { format: "MP3", contentType: "audio/mpeg", extension: "mp3" },
  { format: "FLAC", contentType: "audio/flac", extension: "flac" },
  { format: "OGG", contentType: "audio/ogg", extension: "ogg" },
  { format: "WAV", contentType: "audio/wav", extension: "wav" },
] as const;

export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** One upload at most, in bytes: an hour of 24-bit stereo at 96 kHz, uncompressed, with room. */
export const MAX_UPLOAD_BYTES = 3 * 1024 ** 3;

export const AUDIO_CONTENT_TYPES = AUDIO_FORMATS.map(({ contentType }) => contentType);

/** The format of a content type, as Cloud Storage has it of an object; undefined for what the service does not take. */
export function formatOfContentType(contentType: string): AudioFormat | undefined {
  return AUDIO_FORMATS.find((known) => known.contentType === contentType);
}

/** The content type to stream an object with, by its extension. */
export function contentTypeOf(objectName: string): AudioFormat["contentType"] | undefined {
  const extension = objectName.slice(objectName.lastIndexOf(".") + 1);
  return AUDIO_FORMATS.find((known) => known.extension === extension)?.contentType;
}
