// `npm run generate -- --tracks N --out FILE`: a made-up library for trying, loading and measuring.
import { extname } from "node:path";
import { SingleBar } from "cli-progress";
import { runCommand, UsageError } from "./command.ts";
import { GeneratedLibrary } from "./generate/generated-library.ts";
import { type TrackFormat, writeTracks } from "./generate/track-file.ts";

const MAX_TRACKS = 100_000_000;

await runCommand(
  {
    usage: "npm run generate -- --tracks N --out FILE [--seed N]",
    summary: "Writes N made-up tracks as CSV or NDJSON, for npm run load. The same seed and N make the same file.",
    options: {
      "--tracks N": `1 to ${MAX_TRACKS.toLocaleString("en")}`,
      "--out FILE": "ends with .csv or .ndjson",
      "--seed N": "a whole number; 1 unless given",
    },
  },
  { tracks: { type: "string" }, out: { type: "string" }, seed: { type: "string", default: "1" } },
  async ({ tracks = "", out = "", seed }) => {
    const { count, format, seedNumber } = checked(tracks, out, seed);
    const bar = new SingleBar({
      format: "{bar} {percentage} % | {value} tracks | {eta_formatted} left",
      noTTYOutput: false,
    });
    bar.start(count, 0);
    const library = new GeneratedLibrary({ tracks: count, seed: seedNumber });
    await writeTracks(out, format, library.tracks(), (written) => {
      bar.update(written);
    });
    bar.stop();
    process.stdout.write(`${String(count)} tracks written to ${out}\n`);
    return 0;
  },
);

/** Throws UsageError with every problem. */
function checked(
  tracks: string,
  out: string,
  seed: string,
): { count: number; format: TrackFormat; seedNumber: number } {
  const problems: string[] = [];
  const count = Number(tracks);
  if (!/^\d+$/.test(tracks) || count < 1 || count > MAX_TRACKS) {
    problems.push(`--tracks: is no number of tracks (${tracks}); expected 1 to ${String(MAX_TRACKS)}. Give one.`);
  }
  const format = extname(out).slice(1);
  if (format !== "csv" && format !== "ndjson") {
    problems.push(`--out: has no known format (${out}); expected a file that ends with .csv or .ndjson. Name one.`);
  }
  if (!/^-?\d{1,9}$/.test(seed)) {
    problems.push(`--seed: is no whole number (${seed}); expected one of at most nine digits. Give one.`);
  }
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return { count, format: format === "ndjson" ? "ndjson" : "csv", seedNumber: Number(seed) };
}
