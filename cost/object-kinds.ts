import type { ExtraLifecycleRule } from "../components/extra-lifecycle-rules.ts";
import type { ObjectKind } from "./object-timeline.ts";

interface Contents {
  readonly prefixes: { audio: string; thumbnails: string; temp: string };
  readonly extraLifecycleRules: readonly ExtraLifecycleRule[];
  /** Date of day 0, `YYYY-MM-DD`. */
  readonly writtenOn: string;
  /** Size of a master. */
  readonly trackBytes: number;
}

/** Everything that lies in the bucket, each as one example. */
export function objectKinds({ prefixes, extraLifecycleRules, writtenOn, trackBytes }: Contents): ObjectKind[] {
  const { audio, thumbnails, temp } = prefixes;
  const kinds: ObjectKind[] = [
    { kind: "audio master", object: `${audio}master.flac` },
    { kind: "master's old version, replaced on day 10", object: `${audio}master.flac`, replacedOnDay: 10 },
    { kind: "thumbnail", object: `${thumbnails}cover.jpg`, sizeBytes: 50_000 },
    { kind: "upload that nobody promoted", object: `${temp}upload.flac` },
    { kind: "upload, promoted on day 0", object: `${temp}upload.flac`, replacedOnDay: 0, deleted: true },
    { kind: "multipart upload that nobody finished", object: `${temp}parts.flac`, unfinished: true },
    ...ownFolders(extraLifecycleRules),
  ];
  return kinds.map((kind) => ({ sizeBytes: trackBytes, writtenOn, ...kind }));
}

/** What the further rules speak of by name. */
function ownFolders(rules: readonly ExtraLifecycleRule[]): ObjectKind[] {
  const names = rules.flatMap(({ matchesPrefixes = [""], matchesSuffixes = ["object"] }) =>
    matchesPrefixes.flatMap((prefix) => matchesSuffixes.map((suffix) => `${prefix}${suffix}`)),
  );
  return [...new Set(names)]
    .filter((name) => name !== "object")
    .map((object) => ({ kind: `object ${object}`, object }));
}
