import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { answerSchema, failureSchema } from "../../commands/migrate/output-schema.ts";
import { query } from "../support/migration-database.ts";
import { type Ended, migrateCommand } from "../support/migrate-command.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { prepareDatabase, testDatabase, testPassword } from "../support/schema.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await prepareDatabase(cluster);
});
afterAll(() => cluster.remove());

const migrate = (...args: string[]): Promise<Ended> =>
  migrateCommand(
    args,
    `postgresql://music_library_migrator:${testPassword}@127.0.0.1:${String(cluster.port)}/${testDatabase}`,
  );
/** The answer of a call with `--json`, which must have the documented shape. */
const parsed = ({ out }: Ended): Record<string, unknown> => answerSchema.parse(JSON.parse(out));
const failure = ({ out }: Ended): { name: string; message: string } => failureSchema.parse(JSON.parse(out)).error;

describe("npm run migrate", () => {
  it("plans with exit code 2 while something is pending, and changes nothing", async () => {
    const { code, out } = await migrate("plan");
    expect(code).toBe(2);
    expect(out).toMatch(/^\+ V0001__\w+\.up\.sql \(\d+ statements, one transaction/m);
    expect(parsed(await migrate("plan", "--json"))["pending"]).toHaveLength(out.match(/^\+ /gm)?.length ?? 0);
    expect((await migrate("verify")).code).toBe(1);
    expect(await query(cluster, testDatabase, "select to_regclass('migrations.schema_history')::text t")).toEqual([
      { t: null },
    ]);
  });

  it("goes up, has nothing left to do, goes down to nothing and up again", async () => {
    const up = await migrate("up", "--json");
    expect([up.code, up.err.split("\n")[0]]).toEqual([
      0,
      expect.stringMatching(/^V0001__\w+\.up\.sql: done in \d+ ms$/),
    ]);
    const { total, applied } = parsed(up);
    expect(applied).toHaveLength(Number(total));
    expect(parsed(await migrate("up", "--json"))).toMatchObject({ applied: [], seeded: [], total });
    expect(await migrate("plan")).toMatchObject({ code: 0, out: "Nothing is pending.\n" });
    expect((await migrate("verify")).out).toMatch(/^Database at \d+: exactly the folder's migrations\.\n$/);
    expect(parsed(await migrate("verify", "--json"))).toMatchObject({ command: "verify", drift: { state: "none" } });
    const status = await migrate("status");
    expect(status.out).toMatch(/^applied {6}\d{4}-\d\d-\d\dT[\d:.]+Z V0001/);
    expect(parsed(await migrate("status", "--json"))).toMatchObject({ command: "status", pending: [] });

    const dryRun = await migrate("down", "--to", "0", "--dry-run");
    expect([dryRun.code, dryRun.out.trim().split("\n").at(-1)]).toEqual([
      2,
      expect.stringMatching(/^V0001\w+\.down\.sql$/),
    ]);
    expect(parsed(await migrate("down", "--to", "0", "--json"))["undone"]).toHaveLength(Number(total));
    expect(parsed(await migrate("up", "--json"))["applied"]).toHaveLength(Number(total));
  });

  it("names drift with exit code 1, stops at it, and takes it over with a reason", async () => {
    await query(cluster, testDatabase, "alter table library.audio_formats alter mime_type drop not null");
    const line = "column library.audio_formats.mime_type: not null true → none";
    for (const command of ["status", "plan"]) {
      expect(await migrate(command)).toMatchObject({ code: 1, out: expect.stringContaining(`drift        ${line}`) });
    }
    const verified = await migrate("verify", "--json");
    expect([verified.code, failure(verified)]).toEqual([
      1,
      { name: "VerifyError", message: expect.stringContaining(line) },
    ]);
    expect(failure(await migrate("down", "--to", "1", "--json")).name).toBe("DriftError");
    expect((await migrate("accept-drift")).err).toMatch(/^accept-drift: no reason is given; expected --reason TEXT/);
    const accepted = await migrate("accept-drift", "--reason", "it was urgent", "--json");
    expect(parsed(accepted)["accepted"]).toHaveLength(1);
    expect((await migrate("verify")).code).toBe(0);
  });

  it("shows what repair would do, and says when there is nothing", async () => {
    const repair = ["repair", "--reason", "the row was lost"];
    expect(await migrate(...repair)).toMatchObject({ code: 0, out: "Nothing to repair.\n" });
    await query(cluster, testDatabase, "update migrations.schema_history set description = 'x' where version = '0008'");
    const shown = await migrate("repair", "--dry-run", "--json");
    expect([shown.code, parsed(shown)["repairs"]]).toEqual([2, [expect.objectContaining({ kind: "realigned" })]]);
    expect(parsed(await migrate(...repair, "--json"))["repairs"]).toHaveLength(1);
    expect((await migrate("verify")).code).toBe(0);
  });

  it("refuses a baseline where there are migrations", async () => {
    const refused = await migrate("baseline", "--at", "3", "--reason", "it was there before", "--json");
    expect([refused.code, failure(refused).name]).toEqual([1, "BaselineRefusedError"]);
  });

  it("answers a wrong call with one sentence and exit code 1, and loads no engine for it", async () => {
    expect(await migrate("down")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^down: no version is given.*\n$/),
    });
    expect((await migrate("sideways")).err).toMatch(/^migrate: what to do is not understood \(sideways\)/);
    expect((await migrate("up", "--verbose")).code).toBe(1);
    expect((await migrate("up", "--to", "3")).err).toMatch(
      /^migrate up: takes no --to; expected no options of its own/,
    );
    expect((await migrate("status", "extra")).err).toMatch(/^migrate status: got "extra"; expected nothing more/);
    expect((await migrate("adopt", "--from", "liquibase")).err).toMatch(
      /--from is no tool \("liquibase"\); expected dbmate/,
    );
  });

  it("helps with each of its commands", async () => {
    const { out } = await migrateCommand(["--help"]);
    const names = [...out.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name ?? "");
    expect(names).toEqual(
      expect.arrayContaining(["plan", "up", "down", "status", "verify", "baseline", "repair", "new", "accept-drift"]),
    );
    for (const name of ["down", "new"]) {
      expect(await migrateCommand([name, "--help"])).toMatchObject({
        code: 0,
        out: expect.stringContaining(`npm run migrate -- ${name}`),
      });
    }
  });
});

describe("files by command", () => {
  let folder: MigrationFolder;
  beforeEach(() => {
    folder = new MigrationFolder().add(1, "first", "create table library.x ();", "drop table library.x;");
  });
  afterEach(() => {
    folder.remove();
  });

  it("writes the next pair and their lines in migrations.sum, and overwrites nothing", async () => {
    const made = await migrateCommand(["new", "add_playlists", "--folder", folder.path, "--json"]);
    expect(parsed(made)).toMatchObject({ version: "0002" });
    const pair = ["V0002__add_playlists.down.sql", "V0002__add_playlists.up.sql"];
    expect(readdirSync(folder.path)).toEqual(expect.arrayContaining(pair));
    const sum = readFileSync(join(folder.path, "migrations.sum"), "utf8");
    for (const file of pair) expect(sum).toContain(`  ${file}\n`);
    expect(parsed(await migrateCommand(["new", "add_plays", "--folder", folder.path, "--json"]))["version"]).toBe(
      "0003",
    );
  });

  it("refuses what is no name", async () => {
    expect((await migrateCommand(["new", "Add-Playlists", "--folder", folder.path])).err).toMatch(
      /^new: "Add-Playlists" is no name; expected lower-case words/,
    );
    expect((await migrateCommand(["new", "--folder", folder.path])).err).toMatch(/expected a name as add_playlists/);
  });

  it("writes migrations.sum anew after a change", async () => {
    const { path } = folder;
    const before = readFileSync(join(path, "migrations.sum"), "utf8");
    expect(parsed(await migrateCommand(["sum", "--folder", path, "--json"]))).toMatchObject({ command: "sum" });
    expect(readFileSync(join(path, "migrations.sum"), "utf8")).toBe(before);
  });
});
