// The common queries at 100,000 tracks: each uses its index, whatever the plan cache decides. Times are printed only.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { generateTracks } from "../support/generated-tracks.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { migrationFiles, prepareDatabase, runFiles, testDatabase, testPassword } from "../support/schema.ts";

const folder = join(import.meta.dirname, "../../sql/checks");
const checks = readdirSync(folder).map((file) => {
  const sql = readFileSync(join(folder, file), "utf8");
  const header = (key: string): string => new RegExp(`^-- ${key}: (.+)$`, "m").exec(sql)?.[1] ?? "";
  return {
    name: file.replace(/\.sql$/, ""),
    sql,
    index: header("index"),
    params: JSON.parse(header("params")) as (string | number)[],
  };
});

let cluster: TestCluster;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  await prepareDatabase(cluster);
  client = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  // Indexes last: filling them row by row would take most of the test's time.
  const files = migrationFiles("up");
  const indexes = files.findIndex((file) => file.includes("track_indexes"));
  await runFiles(client, files.slice(0, indexes));
  await client.query("set role music_library_owner");
  await generateTracks(client, 100_000);
  await client.query("reset role");
  await runFiles(client, files.slice(indexes));
  // The triggers came after the tracks.
  await client.query("set role music_library_owner; select library.rebuild_words()");
  await client.end();
  client = await cluster.connect(testDatabase, "music_library_user", testPassword);
}, 180_000);

afterAll(async () => {
  await client.end();
  await cluster.remove();
});

/** Milliseconds that the statement takes. */
async function timed(sql: string, params: unknown[]): Promise<{ rows: number; ms: number }> {
  const before = performance.now();
  const { rows } = await client.query(sql, params);
  return { rows: rows.length, ms: performance.now() - before };
}

describe.each(checks)("$name", ({ name, sql, index, params }) => {
  it("names an index and parameters", () => {
    expect(index).toMatch(/^idx_(audio_tracks|words)_[a-z_]+$/);
    expect(params.length).toBeGreaterThan(0);
  });

  it.each(["force_custom_plan", "force_generic_plan"])("uses its index under %s", async (mode) => {
    await client.query(`set plan_cache_mode = ${mode}`);
    await client.query(`prepare checked as ${sql}`);
    const values = params.map((value) => pg.escapeLiteral(String(value))).join(", ");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`explain execute checked (${values})`);
    await client.query("deallocate checked; reset plan_cache_mode");
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain(` ${index} `);
    expect(plan).not.toContain("Seq Scan");
  });

  it("finds rows", async () => {
    const { rows, ms } = await timed(sql, params);
    process.stdout.write(`check ${name}: ${String(rows)} rows, ${ms.toFixed(1)} ms\n`);
    expect(rows).toBeGreaterThan(0);
  });
});

describe("the search functions", () => {
  /** Scans of the tables from end to end, and of each index, until now. */
  async function scans(): Promise<Record<string, number>> {
    await client.query("select pg_stat_force_next_flush()");
    const { rows } = await client.query<{ name: string; scans: string }>(
      `select relname as name, seq_scan as scans from pg_stat_user_tables where relname in ('audio_tracks', 'words')
       union all select indexrelname, idx_scan from pg_stat_user_indexes where relname in ('audio_tracks', 'words')`,
    );
    return Object.fromEntries(rows.map((row) => [row.name, Number(row.scans)]));
  }

  it.each([
    { search: "search_tracks", query: "kezozolo bastaba", indexes: ["idx_audio_tracks_search"] },
    {
      search: "search_tracks",
      query: "bababa",
      indexes: ["idx_audio_tracks_title_key", "idx_audio_tracks_artist_key"],
    },
    { search: "search_tracks", query: "album", indexes: ["idx_audio_tracks_placed_names", "idx_audio_tracks_order"] },
    { search: "search_tracks", query: '"kezozolo bastaba" or -bababa', indexes: [] },
    { search: "search_tracks", query: "-bababa", indexes: [] },
    { search: "fuzzy_tracks", query: "quistatsa", indexes: ["idx_words_skips", "idx_audio_tracks_placed_names"] },
    { search: "suggest", query: "ba", indexes: ["idx_words_common"] },
    { search: "suggest", query: "bastaba ke", indexes: ["idx_audio_tracks_placed_names"] },
  ])("$search($query) never reads a whole table", async ({ search, query, indexes }) => {
    const before = await scans();
    const { rows, ms } = await timed(`select * from library.${search}($1)`, [query]);
    const after = await scans();
    process.stdout.write(`${search}(${query}): ${String(rows)} rows, ${ms.toFixed(1)} ms\n`);
    expect([after["audio_tracks"], after["words"]]).toEqual([before["audio_tracks"], before["words"]]);
    for (const index of indexes) expect(after[index]).toBeGreaterThan(before[index] ?? 0);
    expect(rows > 0).toBe(indexes.length > 0);
  });
});
