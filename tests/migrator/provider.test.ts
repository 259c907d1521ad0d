// The dynamic resources end to end but for the engine: serialized, in Pulumi's own process, over gRPC, against PostgreSQL.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { DirectConnection } from "../../connections/descriptor.ts";
import { DynamicProvider, InitFailed, serializedProviders, type Values } from "../support/dynamic-provider.ts";
import { baseline } from "../../migrator/index.ts";
import { freshDatabase, optionsFor, query } from "../support/migration-database.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import type { TestCluster } from "../support/postgres.ts";
import { PASSWORD, ProviderSetup, UNKNOWN } from "../support/provider-setup.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

let setup: ProviderSetup;
let cluster: TestCluster;
let texts: ReturnType<typeof serializedProviders>;
let database: string;
let folder: MigrationFolder;

beforeAll(async () => {
  setup = await ProviderSetup.start();
  ({ cluster } = setup);
  texts = serializedProviders();
});
afterAll(() => setup.stop());

const connection = (user: string, change: Partial<DirectConnection> = {}): Values =>
  setup.connection(database, user, change);
const rows = (sql: string): Promise<Record<string, unknown>[]> => query(cluster, database, sql);

describe("the text that stands in the state", () => {
  it("is at most 2 KB and holds nothing but calls of today's code", () => {
    for (const text of Object.values(texts)) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
      expect(text).toMatch(/require\("\.\/components\/[a-z-]+-provider\.ts"\)\.create\(inputs\)/);
    }
  });
});

describe("SchemaMigrations", () => {
  let provider: DynamicProvider;
  beforeAll(async () => {
    provider = await DynamicProvider.start(texts.SchemaMigrations);
  });
  afterAll(() => provider.stop());
  beforeEach(async () => {
    database = await freshDatabase(cluster);
    folder = new MigrationFolder()
      .add(1, "a", "create schema app;\ncreate table app.a ();", "drop schema app cascade;")
      .add(2, "b", "create table app.b ();", "drop table app.b;");
  });
  afterEach(() => {
    folder.remove();
  });

  const declared = (change: Values = {}): Values => setup.declared(database, folder.path, change);
  const checked = async (olds: Values, news: Values): Promise<Values> => {
    const { inputs, failures } = await provider.check(olds, news);
    expect(failures).toEqual([]);
    return inputs;
  };
  const created = async (): Promise<{ inputs: Values; outs: Values }> => {
    const inputs = await checked({}, declared());
    return { inputs, outs: (await provider.create(inputs)).outs };
  };

  it("checks without a connection and says how many statements would run", async () => {
    const { inputs, failures } = await provider.check(
      {},
      declared({ connection: UNKNOWN, verifierConnection: UNKNOWN }),
    );
    expect(failures).toEqual([]);
    expect(inputs["files"]).toMatchObject([
      { version: "0001", statements: 2 },
      { version: "0002", statements: 1 },
    ]);
  });

  it("refuses wrong SQL in preview with file, line and column", async () => {
    folder.add(2, "b", "create table app.b ();\ncreate tabel app.c ();");
    expect((await provider.check({}, declared())).failures).toEqual([
      { property: "files", reason: 'V0002__b.up.sql:2:8: syntax error at or near "tabel".' },
    ]);
  });

  it("refuses in preview what lint calls an error, while the file has not run", async () => {
    folder.add(3, "c", "create table app.c ();\n  create role r login password 'canary';");
    const { failures } = await provider.check({}, declared());
    expect(failures).toEqual([
      { property: "files", reason: expect.stringMatching(/^V0003__c\.up\.sql:2:3: error secret: /) },
    ]);
    expect(JSON.stringify(failures)).not.toContain("canary");
    const ran = await provider.check(declared(), declared());
    expect(ran.failures).toEqual([]);
  });

  it("leaves alone what a baseline stands for", async () => {
    await rows("create schema app authorization migration_owner; create table app.a ()");
    await baseline(optionsFor(cluster, database), "1", "made by hand");
    const inputs = await checked({}, declared());
    const { outs } = await provider.create(inputs);
    expect(outs).toMatchObject({ version: "0002", appliedCount: 1, baseline: "1", drift: [] });
    expect(await provider.diff(outs, inputs)).toBe(false);
    expect((await provider.read(database, outs)).outs).toEqual(outs);
  });

  it("applies all files, gives no password away, and has nothing to do afterwards", async () => {
    const inputs = await checked({}, declared());
    const { id, outs } = await provider.create(inputs);
    expect(id).toBe(database);
    expect(outs).toMatchObject({ version: "0002", appliedCount: 2 });
    expect(JSON.stringify(outs)).not.toContain(`"${PASSWORD}"`);
    expect(await provider.diff(outs, inputs)).toBe(false);
    expect(await provider.diff(outs, declared({ connection: UNKNOWN }))).toBe(true);
  });

  it("takes another way to the same database as an update that applies nothing", async () => {
    const { outs } = await created();
    const news = await checked({}, declared({ connection: connection("migrator", { host: "localhost" }) }));
    expect(await provider.diff(outs, news)).toBe(true);
    expect(await provider.update(database, outs, news)).toMatchObject({ appliedCount: 2 });
    expect(await rows("select count(*)::int n from migrations.migration_event")).toEqual([{ n: 2 }]);
  });

  it("keeps what was applied when a file fails, and goes on once the file is corrected", async () => {
    const { inputs, outs } = await created();
    folder.add(3, "c", "create table app.c ();").add(4, "d", "create table app.d (x missing_type);");
    const news = await checked(inputs, declared());
    const failed = await provider.update(database, outs, news).catch((error: unknown) => error);
    if (!(failed instanceof InitFailed)) throw new Error("kept nothing", { cause: failed });
    expect(failed.id).toBe(database);
    expect(failed.properties).toMatchObject({ version: "0003", appliedCount: 3, folder: folder.path });
    expect(failed.reasons.join()).toContain(
      'V0004__d.up.sql:1:23: type "missing_type" does not exist (SQLSTATE 42704)',
    );
    expect(await provider.diff(failed.properties, news)).toBe(true);

    folder.add(4, "d", "create table app.d (x int);");
    const corrected = await checked(news, declared());
    expect(await provider.update(database, failed.properties, corrected)).toMatchObject({ version: "0004" });
  });

  it("keeps what was applied when the first file to fail is part of the creation", async () => {
    folder.add(2, "b", "select 1/0;");
    const failed = await provider.create(await checked({}, declared())).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InitFailed);
    expect((failed as InitFailed).properties).toMatchObject({ version: "0001", appliedCount: 1 });
  });

  it("refuses edited, missing, renamed and out-of-order files in preview, by name", async () => {
    const { inputs } = await created();
    const reasons = async (): Promise<string[]> =>
      (await provider.check(inputs, declared())).failures.map(({ reason }) => reason);
    folder.add(1, "a", "create schema app;\ncreate table app.a () ;");
    expect(await reasons()).toEqual([expect.stringContaining('"V0001__a.up.sql": was edited after it was applied')]);
    folder.add(1, "a", "create schema app;\r\ncreate table app.a ();");
    expect(await reasons()).toEqual([]);
    folder.delete("V0002__b.up.sql", "V0002__b.down.sql");
    expect(await reasons()).toEqual([
      expect.stringContaining('"V0002__b.up.sql": was applied, but its file is missing'),
    ]);
    folder.add(2, "bee", "create table app.b ();");
    expect(await reasons()).toEqual([expect.stringContaining('is called "V0002__bee.up.sql" now')]);
  });

  it("refuses by the state's word when the database does not answer", async () => {
    const { inputs } = await created();
    folder.add(1, "a", "create schema app;");
    const { failures } = await provider.check(
      inputs,
      declared({ verifierConnection: connection("reader", { port: 1 }) }),
    );
    expect(failures[0]?.reason).toMatch(/was edited.*By the stack's state; the database did not answer/s);
  });

  it("reads the history as the login that can only read, and shows what vanished", async () => {
    const { inputs, outs } = await created();
    const quiet = await provider.read(database, outs);
    expect(quiet.outs).toEqual(outs);
    expect(quiet.inputs).toEqual(inputs);
    await rows("delete from migrations.schema_history where version = '0002'");
    const drifted = await provider.read(database, outs);
    expect(drifted.outs).toMatchObject({ version: "0001", appliedCount: 1 });
    expect(drifted.inputs["files"]).toHaveLength(1);
    expect(await provider.diff(drifted.outs, declared())).toBe(true);
  });

  it("drops nothing when it is deleted", async () => {
    const { outs } = await created();
    await provider.delete(database, outs);
    expect(await rows("select to_regclass('app.b')::text t")).toEqual([{ t: "app.b" }]);
  });

  it("names the stage that is not ready", async () => {
    const news = declared({ requiredSchemas: ["library"], readinessDeadlineMs: 300 });
    await expect(provider.create(news)).rejects.toThrow(/stage "database" \(schemas are missing: "library"\)/);
    const nobody = declared({ ownerRole: "nobody_knows", readinessDeadlineMs: 300 });
    await expect(provider.create(nobody)).rejects.toThrow(/stage "privilege" \(role "nobody_knows" does not exist\)/);
    const closed = declared({ connection: connection("migrator", { port: 1 }), readinessDeadlineMs: 300 });
    await expect(provider.create(closed)).rejects.toThrow(/stage "address" \(.*ECONNREFUSED/);
  });
});

describe("RoleSettings", () => {
  let provider: DynamicProvider;
  beforeAll(async () => {
    provider = await DynamicProvider.start(texts.RoleSettings);
    const admin = await cluster.connect();
    await admin.query(`create role singer login password '${PASSWORD}'`);
    await admin.end();
    database = "postgres";
  });
  afterAll(() => provider.stop());

  const declared = (settings: Record<string, Record<string, string>>): Values => ({
    connection: connection(cluster.user, { passwordSecret: "projects/p/secrets/admin" }),
    settings,
  });
  const shown = async (setting: string): Promise<unknown> => {
    const client = await cluster.connect("postgres", "singer", PASSWORD);
    const { rows: found } = await client.query<Record<string, unknown>>(`show ${setting}`);
    await client.end();
    return found[0]?.[setting];
  };

  it("sets, finds drift, changes and resets", async () => {
    const first = declared({ singer: { search_path: "library, extensions", work_mem: "8MB" } });
    expect((await provider.check({}, first)).failures).toEqual([]);
    const { id, outs } = await provider.create(first);
    expect([id, await shown("search_path"), await shown("work_mem")]).toEqual(["singer", "library, extensions", "8MB"]);
    expect(await provider.diff(outs, first)).toBe(false);
    expect((await provider.read(id, outs)).outs).toEqual(outs);

    await rows("alter role singer set search_path = elsewhere");
    const drifted = await provider.read(id, outs);
    expect(drifted.inputs).toMatchObject({ settings: { singer: { search_path: "elsewhere", work_mem: "8MB" } } });
    expect(await provider.diff(drifted.outs, first)).toBe(true);

    const second = declared({ singer: { search_path: "library" } });
    const updated = await provider.update(id, outs, second);
    expect([await shown("search_path"), await shown("work_mem")]).toEqual(["library", "4MB"]);
    await provider.delete(id, updated);
    expect(await shown("search_path")).toBe('"$user", public');
  });

  it("limits sessions, finds drift, and lifts a limit that is no longer declared", async () => {
    const limited = (connectionLimits: Record<string, number>): Values => ({ ...declared({}), connectionLimits });
    const limit = async (): Promise<unknown> => {
      const [role] = await rows("select rolconnlimit from pg_roles where rolname = 'singer'");
      return role?.["rolconnlimit"];
    };
    const { id, outs } = await provider.create(limited({ singer: 3 }));
    expect([await limit(), (await provider.read(id, outs)).outs]).toEqual([3, outs]);
    expect(await provider.diff(outs, limited({ singer: 3 }))).toBe(false);

    await rows("alter role singer connection limit 7");
    const drifted = await provider.read(id, outs);
    expect(drifted.inputs).toMatchObject({ connectionLimits: { singer: 7 } });
    expect(await provider.diff(drifted.outs, limited({ singer: 3 }))).toBe(true);

    const none = await provider.update(id, outs, limited({ singer: 0 }));
    await expect(shown("work_mem")).rejects.toThrow('too many connections for role "singer"');
    expect(await provider.update(id, none, declared({}))).toEqual(declared({}));
    expect(await limit()).toBe(-1);
  });

  it("refuses a limit that is no number of sessions", async () => {
    const { failures } = await provider.check({}, { ...declared({}), connectionLimits: { singer: -2 } });
    expect(failures).toEqual([
      {
        property: "connectionLimits",
        reason: 'role "singer": has no number of sessions (-2); expected a whole number from 0. Correct it.',
      },
    ]);
  });

  it("refuses what is no name of a setting", async () => {
    const { failures } = await provider.check({}, declared({ singer: { "work_mem; drop role x": "1" } }));
    expect(failures[0]?.reason).toContain("is no name of a setting");
  });
});
