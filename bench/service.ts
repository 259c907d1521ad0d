// The reference application at a steady rate of searches and signatures: requests begin when their time has come, whether the
// ones before are answered or not, so that waiting counts.
import { createTrack, setStatus } from "../client/index.ts";
import { type Pooler, startPooler } from "../tests/client/pooler-setup.ts";
import { startService } from "../tests/client/service-setup.ts";
import { generatedWord, generateTracks } from "../tests/support/generated-tracks.ts";
import { testPassword } from "../tests/support/schema.ts";

const RATE = 200;
const SECONDS = 20;
const TRACKS = 20_000;
const promised = { p99Ms: 60, errors: 0 };

/** Prints a line; asserts nothing, for machines differ. */
export async function benchService(say: (line: string) => void): Promise<void> {
  const service = await startService();
  let pooler: Pooler | undefined;
  try {
    const admin = await service.cluster.connect("music_library", "music_library_migrator", testPassword);
    await admin.query("set role music_library_owner");
    await generateTracks(admin, TRACKS);
    await admin.end();
    pooler = await startPooler(service.cluster);
    const { server, library } = await service.serviceAt(pooler.port, { signingsPerMinute: 100_000 });
    const ids: string[] = [];
    for (let index = 0; index < 200; index += 1) {
      const id = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
      await createTrack(library.database, {
        ...{ id, title: `Bench ${String(index)}`, artist: null, album: null, genre: null, year: null, duration: 200 },
        ...{ channels: 2, sampleRate: 44_100, bitrate: null, format: "FLAC", thumbnailPath: null },
        audioPath: `gs://${library.objects.bucketName}/audio/${id}.flac`,
      });
      await setStatus(library.database, id, "PROCESSING");
      await setStatus(library.database, id, "COMPLETED");
      ids.push(id);
    }
    const address = await server.listen({ host: "127.0.0.1", port: 0 });
    await run(address, ids, 3);
    const { latencies, errors } = await run(address, ids, SECONDS);
    const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? Number.NaN).toFixed(1);
    say(
      `${String(RATE)} requests/s for ${String(SECONDS)} s, searches and signatures in turn: ${String(latencies.length)} answered, ` +
        `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (promised ${String(promised.p99Ms)} ms), ` +
        `${String(errors)} errors (promised ${String(promised.errors)})`,
    );
  } finally {
    await pooler?.stop();
    await service.close();
  }
}

async function run(
  address: string,
  ids: readonly string[],
  seconds: number,
): Promise<{ latencies: number[]; errors: number }> {
  const latencies: number[] = [];
  let errors = 0;
  const began = performance.now();
  const one = async (turn: number) => {
    const due = began + (turn * 1000) / RATE;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const path =
      turn % 2 === 0
        ? `/tracks?query=${generatedWord(1_000 + (turn % 3_000))}`
        : `/tracks/${ids[turn % ids.length] ?? ""}/stream`;
    const response = await fetch(address + path).catch(() => undefined);
    await response?.text();
    if (response?.status === 200) latencies.push(performance.now() - due);
    else errors += 1;
  };
  await Promise.all(Array.from({ length: RATE * seconds }, (_, turn) => one(turn)));
  return { latencies: latencies.toSorted((a, b) => a - b), errors };
}
