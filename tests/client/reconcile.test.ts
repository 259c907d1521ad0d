import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Orphan, orphans, type TrackObject } from "../../client/index.ts";

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function* each<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  await Promise.resolve();
  yield* values;
}

async function compare(objects: readonly string[], tracks: readonly TrackObject[]): Promise<Orphan[]> {
  const found: Orphan[] = [];
  for await (const orphan of orphans(each(objects), each(tracks))) found.push(orphan);
  return found;
}

describe("what bucket and tracks do not agree on", () => {
  it("is found both ways, for any names, and nothing else is", async () => {
    // Surrogate pairs sort after U+FFFD in UTF-8 and before it in UTF-16.
    const name = fc.oneof(fc.stringMatching(/^[ab]{1,3}$/), fc.constantFrom("\ufffd", "🎵", "é", "e\u0301", "🎵a"));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { maxLength: 12 }),
        fc.array(fc.record({ name, required: fc.boolean() }), { maxLength: 12 }),
        async (objects, rows) => {
          const tracks = rows.map((row, index) => ({ ...row, trackId: String(index) }));
          const found = await compare(
            objects.toSorted(bytes),
            tracks.toSorted((a, b) => bytes(a.name, b.name)),
          );
          const named = new Set(tracks.map((track) => track.name));
          const expected = [
            ...objects.filter((object) => !named.has(object)).map((object) => `object ${object}`),
            ...tracks
              .filter((track) => track.required && !objects.includes(track.name))
              .map((track) => `track ${track.trackId}`),
          ];
          const seen = found.map((orphan) =>
            orphan.kind === "object without a track" ? `object ${orphan.name}` : `track ${orphan.trackId}`,
          );
          expect(seen.toSorted()).toEqual(expected.toSorted());
        },
      ),
      { numRuns: 500 },
    );
  });
});
