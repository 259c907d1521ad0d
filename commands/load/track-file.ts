// Reads tracks from CSV or NDJSON one by one: memory does not grow with the file.
// csv-parse is the reader of CSV that most of Node's world uses: quotes, line breaks in them and broken ones are its trade.
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { parse } from "csv-parse";
import { UsageError } from "../command.ts";
import { columnProblems, LOADABLE, type TrackRecord } from "./track-record.ts";

export interface TrackFile {
  path: string;
  bytes: number;
  /** Tells this file from others: size and first MB. */
  digest: string;
  format: "csv" | "ndjson";
  columns: readonly string[];
}

export interface ReadRecord {
  /** Line on which it ends, from 1. */
  line: number;
  /** As it stands in the file. */
  raw: string;
  /** Bytes of the file up to here. */
  bytes: number;
  record: TrackRecord | undefined;
  /** Why it could not be read. */
  problem: string;
}

/** Looks at a file before anything is loaded. Throws UsageError with everything that is wrong with it as a whole. */
export async function openTrackFile(path: string): Promise<TrackFile> {
  const format = extname(path).slice(1);
  if (format !== "csv" && format !== "ndjson") {
    throw new UsageError(`file "${path}": has no known format (${format}); expected .csv or .ndjson. Rename it.`);
  }
  if (!existsSync(path)) throw new UsageError(`file "${path}": does not exist; expected tracks. Correct the path.`);
  const { size } = await stat(path);
  const handle = await open(path);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size, 1 << 20)), 0);
  await handle.close();
  const beginning = buffer.subarray(0, bytesRead);
  const digest = createHash("sha256").update(String(size)).update(beginning).digest("hex");
  const columns = format === "ndjson" ? LOADABLE : headerOf(beginning);
  const problems = columnProblems(columns);
  if (problems.length > 0) throw new UsageError(`file "${path}": ${problems.join("; ")}. Correct its first line.`);
  return { path, bytes: size, digest, format, columns };
}

function headerOf(beginning: Buffer): string[] {
  const [line = ""] = beginning
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/, 1);
  return line.split(",").map((name) => name.replaceAll('"', "").trim());
}

export function readRecords(file: TrackFile): AsyncGenerator<ReadRecord, void> {
  return file.format === "csv" ? readCsv(file) : readNdjson(file);
}

async function* readCsv(file: TrackFile): AsyncGenerator<ReadRecord, void> {
  const parser = createReadStream(file.path, { highWaterMark: 1 << 18 }).pipe(
    parse({
      bom: true,
      from: 2,
      info: true,
      raw: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }),
  );
  for await (const { record, info, raw } of parser as AsyncIterable<{
    record: string[];
    info: { lines: number; bytes: number };
    raw: string;
  }>) {
    const read = { line: info.lines, bytes: info.bytes, raw: raw.replace(/\r?\n$/, "") };
    if (record.length !== file.columns.length) {
      const problem = `has ${String(record.length)} fields; expected ${String(file.columns.length)}`;
      yield { ...read, record: undefined, problem };
    } else {
      yield { ...read, record: record.map((value) => (value === "" ? null : value)), problem: "" };
    }
  }
}

async function* readNdjson(file: TrackFile): AsyncGenerator<ReadRecord, void> {
  const lines = createInterface({
    input: createReadStream(file.path, { highWaterMark: 1 << 18 }),
    crlfDelay: Infinity,
  });
  let line = 0;
  let bytes = 0;
  for await (const raw of lines) {
    line += 1;
    bytes += Buffer.byteLength(raw) + 1;
    if (raw.trim() === "") continue;
    yield { line, bytes, raw, ...jsonRecord(raw) };
  }
}

function jsonRecord(raw: string): { record: TrackRecord | undefined; problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { record: undefined, problem: "is no JSON; expected one object a line" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { record: undefined, problem: "is no object; expected one object a line" };
  }
  const known: readonly string[] = LOADABLE;
  const wrong = Object.entries(value).filter(
    ([key, field]) => !known.includes(key) || (field !== null && !["string", "number"].includes(typeof field)),
  );
  if (wrong.length > 0) {
    return {
      record: undefined,
      problem: `has fields that are none of a track: ${String(wrong.length)}; expected text, number or null`,
    };
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const record = LOADABLE.map((column) => {
    const field = fields.get(column);
    return typeof field === "number" ? String(field) : typeof field === "string" && field !== "" ? field : null;
  });
  return { record, problem: "" };
}
