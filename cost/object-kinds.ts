import type { ObjectKind } from "./object-timeline.ts";

/** Everything that lies in the bucket, each as one example. */
export function objectKinds(prefixes: { audio: string; thumbnails: string; temp: string }): ObjectKind[] {
  return [
    { kind: "audio master", object: `${prefixes.audio}master.flac` },
    { kind: "master's old version, replaced on day 10", object: `${prefixes.audio}master.flac`, replacedOnDay: 10 },
    { kind: "thumbnail", object: `${prefixes.thumbnails}cover.jpg` },
    { kind: "upload that nobody promoted", object: `${prefixes.temp}upload.flac` },
    { kind: "upload, promoted on day 0", object: `${prefixes.temp}upload.flac`, replacedOnDay: 0 },
    { kind: "multipart upload that nobody finished", object: `${prefixes.temp}parts.flac`, unfinished: true },
  ];
}
