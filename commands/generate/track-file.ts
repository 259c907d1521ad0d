// Writes generated tracks as the loader reads them, a block of lines at a time: memory does not grow with the library.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { GeneratedTrack } from "./generated-library.ts";

const LINES_PER_WRITE = 2_000;

export const generatedColumns = [
  ...["id", "title", "artist", "album", "genre", "year", "duration", "channels", "sample_rate", "bitrate", "format"],
  ...["audio_path", "status", "popularity", "created_at"],
] as const satisfies readonly (keyof GeneratedTrack)[];

export type TrackFormat = "csv" | "ndjson";

/** `onWritten` is told how many tracks have been written so far. */
export async function writeTracks(
  file: string,
  format: TrackFormat,
  tracks: Iterable<GeneratedTrack>,
  onWritten: (count: number) => void = () => undefined,
): Promise<void> {
  const out = createWriteStream(file);
  let lines: string[] = format === "csv" ? [generatedColumns.join(",")] : [];
  let count = 0;
  const flush = async (): Promise<void> => {
    const block = lines.length === 0 ? "" : `${lines.join("\n")}\n`;
    lines = [];
    onWritten(count);
    if (!out.write(block)) await once(out, "drain");
  };
  for (const track of tracks) {
    lines.push(format === "csv" ? csvLine(track) : JSON.stringify(track));
    count += 1;
    if (lines.length >= LINES_PER_WRITE) await flush();
  }
  await flush();
  out.end();
  await finished(out);
}

function csvLine(track: GeneratedTrack): string {
  return generatedColumns
    .map((column) => {
      const text = String(track[column]);
      // RFC 4180: these signs need quotes, and a quote is doubled.
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}
