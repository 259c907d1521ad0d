// `npm run generate` and `npm run load` as people run them: into an empty library and one in use, killed, and with wrong lines.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type pg from "pg";
import { projectRoot, LocalPaths } from "../../local/paths.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testDatabase, testPassword } from "../support/schema.ts";

jest.setTimeout(120_000);

let cluster: TestCluster;
let owner: pg.Client;
let folder: string;

beforeAll(async () => {
  cluster = await startCluster();
  await applySchema(cluster);
  owner = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await owner.query("set role music_library_owner");
  folder = mkdtempSync(join(new LocalPaths().folder("tests"), "load-"));
}, 60_000);

afterAll(async () => {
  await owner.end();
  await cluster.remove();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await owner.query("truncate library.audio_tracks");
  await owner.query("delete from library.track_loads");
});

interface Ended {
  code: number;
  out: string;
  err: string;
}

const environment = (login: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_OPTIONS: "",
  LOAD_URL: `postgresql://${login}:${testPassword}@127.0.0.1:${String(cluster.port)}/${testDatabase}`,
});

function command(name: "generate" | "load", args: string[], login = "music_library_user"): Promise<Ended> {
  return new Promise((resolve) => {
    const child = [join(projectRoot, "commands", `${name}.ts`), ...args];
    execFile(process.execPath, child, { env: environment(login) }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const load = (file: string, ...args: string[]): Promise<Ended> =>
  command("load", [file, "--database-url-env", "LOAD_URL", ...args]);
const loadEmpty = (file: string, ...args: string[]): Promise<Ended> =>
  command("load", [file, "--database-url-env", "LOAD_URL", "--as", "migrator", ...args], "music_library_migrator");

async function generated(name: string, tracks: number): Promise<string> {
  const file = join(folder, name);
  if (!existsSync(file)) {
    expect(await command("generate", ["--tracks", String(tracks), "--out", file])).toMatchObject({ code: 0 });
  }
  return file;
}

/** Everything that a library with these tracks must have: rows, indexes, triggers and counted words. */
async function library(): Promise<Record<string, unknown>> {
  while ((await owner.query<{ n: number }>("select library.fold_word_changes() as n")).rows[0]?.n !== 0);
  const { rows } = await owner.query<Record<string, unknown>>(
    `select (select count(*)::integer from library.audio_tracks) as tracks,
       (select md5(string_agg(t::text, '|' order by id)) from (
          select id, title, artist, album, genre, year, duration, status, popularity, created_at from library.audio_tracks) t) as rows,
       (select md5(string_agg(indexdef, '|' order by indexname)) from pg_indexes where tablename = 'audio_tracks') as indexes,
       (select string_agg(tgenabled::text, '' order by tgname) from pg_trigger
          where tgrelid = 'library.audio_tracks'::regclass and not tgisinternal) as triggers,
       (select md5(string_agg(word || tracks || ' ' || named_tracks, '|' order by word)) from library.words where tracks > 0) as words`,
  );
  return rows[0] ?? {};
}

describe("generate", () => {
  it("writes the same file for the same seed, and CSV and NDJSON of the same tracks", async () => {
    const first = readFileSync(await generated("a.csv", 50), "utf8");
    expect(readFileSync(await generated("b.csv", 50), "utf8")).toBe(first);
    const lines = readFileSync(await generated("a.ndjson", 50), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(50);
    expect(first).toContain((JSON.parse(lines[7] ?? "") as { id: string }).id);
  });

  it("names every wrong option at once", async () => {
    const { code, err } = await command("generate", ["--tracks", "0", "--out", "x.txt", "--seed", "a"]);
    expect(code).toBe(1);
    expect(err).toMatch(/--tracks: .*\n--out: .*\n--seed: /);
  });
});

describe("load", () => {
  it("makes the same library either way, and from either format", async () => {
    const csv = await generated("tracks.csv", 1000);
    const before = await library();
    expect(await loadEmpty(csv)).toMatchObject({ code: 0, out: "1000 records done, 0 of them rejected\n" });
    const empty = await library();
    expect(empty).toMatchObject({ tracks: 1000, indexes: before["indexes"], triggers: before["triggers"] });
    await owner.query("truncate library.audio_tracks");
    await owner.query("delete from library.track_loads");
    expect(await load(await generated("tracks.ndjson", 1000))).toMatchObject({ code: 0 });
    expect(await library()).toEqual(empty);
    const { rows } = await owner.query("select from library.search_tracks('the')");
    expect(rows).toHaveLength(20);
  });

  it("changes nothing when it runs again, nor when the ids are there from elsewhere", async () => {
    const csv = await generated("tracks.csv", 1000);
    await load(csv);
    const once = await library();
    expect(await load(csv)).toMatchObject({ code: 0, out: "1000 records done, 0 of them rejected\n" });
    await owner.query("delete from library.track_loads");
    expect(await load(csv)).toMatchObject({ code: 0 });
    expect(await library()).toEqual(once);
  });

  it.each(["application", "migrator"])("goes on where it was killed, as %s", async (as) => {
    const csv = await generated("many.csv", 25_000);
    const login = as === "migrator" ? "music_library_migrator" : "music_library_user";
    const args = [join(projectRoot, "commands/load.ts"), csv, "--database-url-env", "LOAD_URL", "--as", as];
    const child = spawn(process.execPath, args, { env: environment(login), stdio: "ignore" });
    const done = "select records::integer as records from library.track_loads where records > 0";
    while ((await owner.query(done)).rowCount === 0) expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
    const { rows } = await owner.query<{ records: number }>(done);
    expect(rows[0]?.records).toBeLessThan(25_000);
    const again = as === "migrator" ? await loadEmpty(csv) : await load(csv);
    expect(again).toMatchObject({ code: 0, out: "25000 records done, 0 of them rejected\n" });
    expect(await library()).toMatchObject({ tracks: 25_000, triggers: expect.not.stringContaining("D") });
  });

  it.each(["application", "migrator"])("takes an id once that two batches have at the same time, as %s", async (as) => {
    const [header = "", ...lines] = readFileSync(await generated("many.csv", 25_000), "utf8")
      .trimEnd()
      .split("\n");
    const twice = [...lines.slice(0, 7_000), lines[1], ...lines.slice(7_000)];
    const file = join(folder, `twice-${as}.csv`);
    writeFileSync(file, [header, ...twice].join("\n"));
    const ended = await (as === "migrator" ? loadEmpty(file) : load(file));
    expect(ended).toMatchObject({ code: 0, out: "25001 records done, 0 of them rejected\n" });
    expect(await library()).toMatchObject({ tracks: 25_000 });
  });

  it("leaves nothing to be counted or merged, and an index without gathered entries", async () => {
    await load(await generated("many.csv", 25_000));
    const { rows } = await owner.query(
      `select (select count(*)::integer from library.word_changes) + (select count(*)::integer from library.loaded_word_changes)
           as uncounted,
         gin_clean_pending_list('library.idx_audio_tracks_search')::integer as pages`,
    );
    expect(rows).toEqual([{ uncounted: 0, pages: 0 }]);
  });

  it("refuses to load as migrator into a library that has tracks", async () => {
    await load(await generated("a.csv", 50));
    const { code, err } = await loadEmpty(await generated("tracks.csv", 1000));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("Load with --as application") });
  });
});

describe("wrong records", () => {
  const header = "id,title,artist,year,duration,audio_path,popularity";
  const good = (n: number): string =>
    `00000000-0000-4000-8000-00000000000${String(n)},Song,"A, B",1999,60,gs://library/a,0`;
  const lines = [
    header,
    good(1),
    "x,Secret Title,A,1999,60,gs://library/a,0",
    "too,few",
    '"",,A,99,0,nowhere,101',
    good(2),
    good(2),
    good(3),
  ];

  it("stop the load by line without showing a value, and what was before stays", async () => {
    const file = join(folder, "wrong.csv");
    writeFileSync(file, lines.join("\n"));
    const { code, err } = await load(file);
    expect(code).toBe(1);
    expect(err).toContain("line 3: id is no UUID; expected 8-4-4-4-12 hexadecimal digits");
    expect(err).not.toContain("Secret");
  });

  it.each(["application", "migrator"])("are skipped, counted and kept when told so, as %s", async (as) => {
    const file = join(folder, `skip-${as}.csv`);
    const rejects = join(folder, `rejects-${as}.csv`);
    writeFileSync(file, lines.join("\n"));
    const run = as === "migrator" ? loadEmpty : load;
    const { code, out, err } = await run(file, "--on-error", "skip", "--rejects", rejects);
    expect({ code, out }).toEqual({ code: 0, out: "7 records done, 3 of them rejected\n" });
    expect(err).toContain("line 4: has 2 fields; expected 7");
    expect(err).toMatch(
      /line 5: title is blank; .*year is wrong \(99\).*duration is wrong.*popularity is wrong \(101\)/,
    );
    expect(readFileSync(rejects, "utf8").trimEnd().split("\n")).toEqual([header, ...lines.slice(2, 5)]);
    expect(await library()).toMatchObject({ tracks: 3 });
  });

  it("of a file as a whole are told before anything is loaded", async () => {
    const file = join(folder, "columns.csv");
    writeFileSync(file, "title,title,colour\n");
    const { code, err } = await load(file);
    expect(code).toBe(1);
    for (const problem of ['"colour" is not known', '"title" stands there twice', '"audio_path" is missing']) {
      expect(err).toContain(problem);
    }
  });
});
