import { randomUUID } from "node:crypto";
import type { NewTrack } from "../../client/index.ts";

/** A track as it is registered, with an id and a path of its own. */
export function newTrack(changes: Partial<NewTrack> = {}): NewTrack {
  const id = randomUUID();
  return {
    ...{ id, title: "Come Together", artist: "The Beatles", album: "Abbey Road", genre: "Rock", year: 1969 },
    ...{ duration: 259.947, channels: 2, sampleRate: 44_100, bitrate: 912_345, format: "FLAC" },
    ...{ audioPath: `gs://library-audio/audio/${id}.flac`, thumbnailPath: null },
    ...changes,
  };
}
