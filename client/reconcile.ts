/** Something that one side has and the other does not. */
export type Orphan =
  | { kind: "object without a track"; name: string }
  | { kind: "track without its object"; name: string; trackId: string };

/** An object that a track names. */
export interface TrackObject {
  /** Name of the object in the bucket. */
  name: string;
  trackId: string;
  /** Whether the object has to be there: a track that is not COMPLETED may not have it yet. */
  required: boolean;
}

/**
 * Compares both sides as they come, each in the order of its names' UTF-8 bytes, which is Cloud Storage's and that of collation
 * "C": neither is ever held whole. A name may stand more than once among the tracks.
 */
export async function* orphans(
  objectNames: AsyncIterable<string>,
  trackObjects: AsyncIterable<TrackObject>,
): AsyncGenerator<Orphan> {
  const objects = objectNames[Symbol.asyncIterator]();
  const tracks = trackObjects[Symbol.asyncIterator]();
  let object = await objects.next();
  let track = await tracks.next();
  let last: string | undefined;
  while (object.done !== true || track.done !== true) {
    const order = object.done === true ? 1 : track.done === true ? -1 : compareBytes(object.value, track.value.name);
    if (order < 0 && object.done !== true) {
      if (object.value !== last) yield { kind: "object without a track", name: object.value };
      object = await objects.next();
    } else if (track.done !== true) {
      const { name, trackId, required } = track.value;
      if (order === 0) last = name;
      else if (required && name !== last) yield { kind: "track without its object", name, trackId };
      track = await tracks.next();
    }
  }
}

/** JavaScript compares UTF-16, which sorts characters beyond the first plane elsewhere than their UTF-8 bytes do. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
