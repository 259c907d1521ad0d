// Each runbook, followed word by word on a running stack that is in the trouble it is for.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { adminOptions } from "../../local/postgres/admin.ts";
import { projectRoot } from "../../local/paths.ts";
import { copyOfProject } from "../support/project-copy.ts";
import { LocalStack } from "../support/local-stack.ts";
import type { Proof } from "../../commands/prove-backup/prove.ts";
import { commandsOf, type Followed, follow, followed, shellLines } from "../support/runbook.ts";
import { SteadyWriter } from "../support/steady-writer.ts";

const minutes = 60_000;
const isFull = process.env["TEST_FULL"] === "1";
/** Tracks of the library that is restored; fewer or more by DRILL_TRACKS. */
const drillTracks = Number(process.env["DRILL_TRACKS"] ?? (isFull ? 1_000_000 : 3000));
const folder = join(projectRoot, "docs", "runbooks");
const names = readdirSync(folder)
  .filter((name) => name !== "README.md")
  .map((name) => name.replace(".md", ""));

const failed = (all: readonly Followed[]): Followed[] => all.filter(({ code }) => code !== 0 && code !== 2);
const outputs = (all: readonly Followed[]): string => all.map(({ output }) => output).join("\n");

async function until(what: string, holds: () => Promise<number>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await holds()) > 0) return;
    await setTimeout(100);
  }
  throw new Error(`after 30 s: ${what} is still not so`);
}

describe("runbooks", () => {
  // A copy: one of the runbooks mends a migration.
  const project = copyOfProject();
  const stack = new LocalStack({}, project);

  const openAdmin = async (): Promise<pg.Client> => {
    const client = new pg.Client(adminOptions(stack.paths, "music_library"));
    await client.connect();
    return client;
  };
  const resultAsAdmin = async (sql: string): Promise<pg.QueryResult<Record<string, unknown>>> => {
    const client = await openAdmin();
    try {
      return await client.query<Record<string, unknown>>(sql);
    } finally {
      await client.end();
    }
  };
  const asAdmin = async (sql: string): Promise<number> => (await resultAsAdmin(sql)).rowCount ?? 0;
  const countTracks = async (): Promise<number> => {
    const { rows } = await resultAsAdmin("select count(*) as n from library.audio_tracks");
    return Number(rows[0]?.["n"]);
  };
  const titlesWith = async (prefix: string): Promise<string[]> => {
    const sql = `select title from library.audio_tracks where title like '${prefix}%' order by title`;
    return (await resultAsAdmin(sql)).rows.map(({ title }) => String(title));
  };
  /** Somebody writes the while, and the moment is a whole second in the midst of it. */
  const writtenAround = async (): Promise<{ writer: SteadyWriter; moment: Date }> => {
    const client = await openAdmin();
    const writer = new SteadyWriter(client);
    const moment = new Date(Math.ceil((Date.now() + 200) / 1000) * 1000);
    await setTimeout(moment.getTime() - Date.now() + 300);
    await writer.stop();
    await client.end();
    return { writer, moment };
  };

  beforeAll(async () => {
    const { code, output } = await stack.run("start");
    if (code !== 0) throw new Error(output);
  }, 5 * minutes);

  afterAll(async () => {
    await stack.remove();
    rmSync(project, { recursive: true, force: true });
  }, minutes);

  it("are all listed, and each has something to run", () => {
    const list = readFileSync(join(folder, "README.md"), "utf8");
    expect(names.filter((name) => !list.includes(`(${name}.md)`))).toEqual([]);
    expect(names.filter((name) => commandsOf(name).length === 0)).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(8);
  });

  it(
    "are not needed where a plain preview stops: a contract that loses a field",
    async () => {
      const file = join(project, "components", "library-contract.ts");
      const whole = readFileSync(file, "utf8");
      try {
        writeFileSync(file, whole.replace("region: args.region,\n", ""));
        const { code, output } = await stack.run("pulumi", ["preview", "--non-interactive"]);
        expect(output).toContain("region: is gone; expected a text");
        expect(output).not.toContain("    at ");
        expect(code).not.toBe(0);
      } finally {
        writeFileSync(file, whole);
      }
    },
    minutes,
  );

  // Others test what these call too: they are followed in the full suite.
  const full = isFull ? it : it.skip;
  full.each([
    ...["pooler-saturated", "disk-filling", "larger-tier", "restore-an-object", "rotate-credentials"],
    "upgrade-postgresql",
  ])(
    "%s runs to its end",
    async (name) => {
      expect(failed(await follow(stack, name))).toEqual([]);
    },
    5 * minutes,
  );

  full(
    "another version than 15 is refused here by its name, as upgrade-postgresql says",
    async () => {
      const file = join(project, "components", "postgres-instance.ts");
      const before = readFileSync(file, "utf8");
      try {
        writeFileSync(file, before.replace("POSTGRES_15", "POSTGRES_16"));
        const { code, output } = await stack.run("pulumi", ["preview", "--non-interactive"]);
        expect(output).toContain("POSTGRES_16");
        expect(output).toContain("expected POSTGRES_15");
        expect(code).not.toBe(0);
      } finally {
        writeFileSync(file, before);
      }
    },
    minutes,
  );

  it("docs/database-flags.md asks the running server for every flag at once", async () => {
    const [all = "", ...each] = shellLines("docs/database-flags.md").filter((line) => line.includes("npm run query"));
    const { code, output } = await followed(stack, all);
    expect(code).toBe(0);
    for (const name of ["shared_buffers", "work_mem", "max_connections"]) expect(output).toContain(name);
    expect(each.length).toBeGreaterThan(15);
  }, 60_000);

  full(
    "the other commands of docs/database-flags.md and docs/troubleshooting.md run",
    async () => {
      const lines = ["docs/database-flags.md", "docs/troubleshooting.md"].flatMap(shellLines).slice(1);
      const all = [];
      for (const line of lines) all.push(await followed(stack, line));
      // A report may say that something has to be decided.
      expect(failed(all.filter(({ command }) => !command.includes("preview-report")))).toEqual([]);
    },
    5 * minutes,
  );

  full(
    "drift-found names what was changed, and repairs it",
    async () => {
      await asAdmin("alter role music_library_user reset search_path");

      const steps = await follow(stack, "drift-found");

      expect(steps[0]?.output).toContain("settings");
      expect(failed(steps)).toEqual([]);
      expect((await stack.shell("npm run pulumi -- refresh --preview-only --diff")).output).not.toContain(
        "search_path",
      );
    },
    5 * minutes,
  );

  it(
    "lock-held shows who holds it, ends that session, and the update goes on",
    async () => {
      const hold = "select pg_advisory_lock(1, 2), pg_sleep(300)";
      const holder = stack.launch("query", ["--login", "music_library_migrator", hold]).result;
      await until("the lock is held", () => asAdmin("select 1 from pg_locks where locktype = 'advisory' and granted"));

      const steps = await follow(stack, "lock-held");

      expect(failed(steps)).toEqual([]);
      expect(steps[0]?.output).toContain("pg_sleep(300)");
      expect(await holder).toMatchObject({ code: 1, output: expect.stringContaining("terminat") as unknown });
    },
    5 * minutes,
  );

  it(
    "migration-failed shows what is pending, and the mended file runs",
    async () => {
      const migrations = join(project, "sql", "migrations");
      await stack.shell("npm run migrate -- new runbook");
      const file = readdirSync(migrations).find((name) => name.endsWith("__runbook.up.sql"))!;
      const up = join(migrations, file);
      writeFileSync(up.replace(".up.", ".down."), "drop table library.runbook;\n");
      writeFileSync(
        up,
        "create table library.runbook (id bigint primary key default 1 / 0 + 1);\ninsert into library.runbook default values;\n",
      );
      await stack.shell("npm run migrate -- sum");
      const broken = await stack.run("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"]);
      expect(broken.code).not.toBe(0);
      expect(broken.output).toContain("22012");

      writeFileSync(up, "create table library.runbook (id bigint primary key);\n");
      const steps = await follow(stack, "migration-failed");

      expect(outputs(steps)).toContain(file);
      expect(steps.at(-1)?.code).toBe(0);
    },
    5 * minutes,
  );

  it(
    "a named second is restored: all of a library that is being written to before it, nothing after it",
    async () => {
      const file = join(project, "tracks.csv");
      await stack.shell(`npm run generate -- --tracks ${drillTracks} --out ${file}`);
      // The whole library is loaded as into an empty one: an hour less.
      if (isFull) await asAdmin("delete from library.audio_tracks");
      await stack.shell(`npm run load -- ${file} --as ${isFull ? "migrator" : "application"}`);
      const before = await countTracks();
      expect(before).toBeGreaterThanOrEqual(drillTracks);
      const { writer, moment } = await writtenAround();
      const { must, may, after } = writer.at(moment);
      expect(Math.min(must.length, after)).toBeGreaterThan(0);

      const { code, output } = await stack.shell(
        `npm run --silent prove-backup -- --stack local --to ${moment.toISOString()} --json`,
      );

      expect({ code, output }).toMatchObject({ code: 0 });
      const proof = JSON.parse(output.slice(output.indexOf("{"))) as Proof;
      const figure = proof.rows.find(({ promise }) => promise.startsWith("nothing is younger"))?.figure ?? "";
      const restored = Number(figure.split(" ", 1)[0]) - before;
      expect(restored).toBeGreaterThanOrEqual(must.length);
      expect(restored).toBeLessThanOrEqual(must.length + may.length);
      console.log(`drill: ${before + restored} tracks as of ${proof.pointInTime} after ${proof.recoverySeconds} s`);
      expect(readdirSync(join(stack.paths.root, "cloud", "sql"))).toEqual(["loist-music-library-db"]);
    },
    60 * minutes,
  );

  full(
    "restore-to-a-point-in-time brings back what was there, and leaves out what came after",
    async () => {
      const { writer, moment } = await writtenAround();
      await asAdmin("delete from library.audio_tracks where title like 'steady %'");

      const followed = await follow(stack, "restore-to-a-point-in-time", { TIME: moment.toISOString() });

      expect(failed(followed)).toEqual([]);
      expect(outputs(followed)).toMatch(/nothing was replaced[\s\S]*what was there before: backup \d+/);
      console.log(
        outputs(followed)
          .match(/recovery: .*/g)
          ?.join("\n"),
      );
      const { must, may } = writer.at(moment);
      const titles = await titlesWith(writer.prefix);
      expect(titles.filter((title) => must.includes(title))).toEqual(must);
      expect(titles.filter((title) => !must.includes(title) && !may.includes(title))).toEqual([]);
    },
    30 * minutes,
  );

  full(
    "restore-one-table brings deleted rows back and leaves the rest as it is",
    async () => {
      await asAdmin(
        "insert into library.audio_tracks (title, audio_path) values ('steady one', 'gs://drill/audio/1.mp3')",
      );
      await setTimeout(50);
      const moment = new Date();
      await setTimeout(50);
      const before = await titlesWith("steady ");
      await asAdmin("delete from library.audio_tracks where title like 'steady %'");
      await asAdmin(
        "insert into library.audio_tracks (title, audio_path) values ('steady two', 'gs://drill/audio/2.mp3')",
      );

      const followed = await follow(stack, "restore-one-table", { TIME: moment.toISOString() });

      expect(failed(followed)).toEqual([]);
      expect(outputs(followed)).toContain(`brought back: ${before.length}; left as they are: 0`);
      expect(await titlesWith("steady ")).toEqual([...before, "steady two"].sort());
    },
    30 * minutes,
  );

  full(
    "read-replica makes one that follows, and it goes when it is declared no more",
    async () => {
      const file = join(project, "Pulumi.local.yaml");
      const declared = readFileSync(file, "utf8");
      writeFileSync(file, declared.replace("readReplicas: []", "readReplicas: [{ name: a }]"));

      const followed = await follow(stack, "read-replica");

      expect(failed(followed)).toEqual([]);
      expect(followed.at(-1)?.output).toMatch(/│ true +│ true/);
      writeFileSync(file, declared);
      const gone = await stack.run("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"]);
      expect(gone.code).toBe(0);
      expect(readdirSync(join(stack.paths.root, "cloud", "sql"))).toEqual(["loist-music-library-db"]);
    },
    5 * minutes,
  );
});
