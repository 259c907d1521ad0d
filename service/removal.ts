import { type MusicLibrary, removeTrack } from "../client/index.ts";

export type RemovalLibrary = Pick<MusicLibrary, "contract" | "database" | "objects">;

/**
 * Removes a track: its row first, so that nobody finds what does not play any more, then audio and thumbnail, by the id that
 * their names share, so that a repeat after a failure at any step ends the same. What was removed can be restored for as long as the
 * bucket keeps noncurrent versions. Answers whether anything was there.
 */
export async function removeWholeTrack(library: RemovalLibrary, id: string): Promise<boolean> {
  const { database, objects, contract } = library;
  const row = await removeTrack(database, id);
  const { audio, thumbnails } = contract.bucket.prefixes;
  let removed = row !== undefined;
  for (const prefix of [audio, thumbnails]) {
    for await (const object of objects.listAll(`${prefix}${id}.`)) {
      removed = (await objects.remove(object)) || removed;
    }
  }
  return removed;
}
