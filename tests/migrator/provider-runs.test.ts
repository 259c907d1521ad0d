// The dynamic resource in the days after: drift, going back, an interruption, the state that an older engine left.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { acceptDrift } from "../../migrator/index.ts";
import { DynamicProvider, InitFailed, serializedProviders, type Values } from "../support/dynamic-provider.ts";
import { freshDatabase, optionsFor, query } from "../support/migration-database.ts";
import { MigrationFolder } from "../support/migration-folder.ts";
import { ProviderSetup } from "../support/provider-setup.ts";

// A busy machine starts a server and a process slowly.
jest.setTimeout(60_000);

let setup: ProviderSetup;
let text: string;
let provider: DynamicProvider;
let database: string;
let folder: MigrationFolder;

beforeAll(async () => {
  setup = await ProviderSetup.start();
  text = serializedProviders().SchemaMigrations;
  provider = await DynamicProvider.start(text);
});
afterAll(async () => {
  await provider.stop();
  await setup.stop();
});
beforeEach(async () => {
  database = await freshDatabase(setup.cluster);
  folder = new MigrationFolder()
    .add(1, "a", "create schema app;\ncreate table app.a (id int);", "drop schema app cascade;")
    .add(2, "b", "create table app.b ();\nalter table app.a alter id type bigint;", "drop table app.b;");
});
afterEach(() => {
  folder.remove();
});

const declared = (change: Values = {}): Values => setup.declared(database, folder.path, change);
const rows = (sql: string): Promise<Record<string, unknown>[]> => query(setup.cluster, database, sql);
const checked = async (olds: Values, news: Values): Promise<Values> => {
  const { inputs, failures } = await provider.check(olds, news);
  expect(failures).toEqual([]);
  return inputs;
};
const created = async (): Promise<{ inputs: Values; outs: Values }> => {
  const inputs = await checked({}, declared());
  return { inputs, outs: (await provider.create(inputs)).outs };
};
const failureOf = async (work: Promise<unknown>): Promise<InitFailed> => {
  const failed = await work.catch((error: unknown) => error);
  if (!(failed instanceof InitFailed)) throw new Error("kept nothing", { cause: failed });
  return failed;
};

describe("drift", () => {
  it("is named by refresh, in outputs and inputs, and asks for an update", async () => {
    const { inputs, outs } = await created();
    expect(outs["drift"]).toEqual([]);
    await rows("alter table app.a alter id type int; create table app.by_hand ()");
    const { outs: seen, inputs: shown } = await provider.read(database, outs);
    const drift = ["column app.a.id: type bigint → integer", "table app.by_hand: added"];
    expect([seen["drift"], shown["drift"]]).toEqual([drift, drift]);
    expect(await provider.diff(seen, inputs)).toBe(true);
  });

  it("stops the update, which overwrites nothing, until somebody has taken it over or undone it", async () => {
    const { inputs, outs } = await created();
    await rows("create table app.by_hand ()");
    const { outs: seen } = await provider.read(database, outs);
    const failed = await failureOf(provider.update(database, seen, inputs));
    expect(failed.reasons.join()).toMatch(/table app\.by_hand: added\n.*accept-drift/s);
    expect(failed.properties["drift"]).toEqual(["table app.by_hand: added"]);

    await acceptDrift(optionsFor(setup.cluster, database), "needed at once");
    expect((await provider.update(database, failed.properties, inputs))["drift"]).toEqual([]);
    await rows("drop table app.by_hand");
    expect((await provider.read(database, outs)).outs["drift"]).toEqual(["table app.by_hand: removed"]);
  });

  it("is none where the stack itself has changed rights and extensions, and says so by another value of surroundings", async () => {
    const { outs } = await created();
    await rows("grant usage on schema app to reader; create extension pg_trgm schema app");
    const news = await checked(outs, declared({ surroundings: "changed" }));
    expect(await provider.diff(outs, news)).toBe(true);
    const updated = await provider.update(database, outs, news);
    expect((await provider.read(database, updated)).outs["drift"]).toEqual([]);
  });
});

describe("the plan", () => {
  it("names statements, the strongest lock and rewrites of each file", async () => {
    const { files } = (await checked({}, declared())) as { files: Values[] };
    expect(files).toMatchObject([{ statements: 2 }, { statements: 2 }]);
    for (const file of files) {
      expect(typeof file["lock"]).toBe("string");
      expect(typeof file["rewrites"]).toBe("number");
      expect(Array.isArray(file["findings"])).toBe(true);
    }
  });
});

describe("a target below what is applied", () => {
  const back = { targetVersion: "0001" };
  const reasons = async (olds: Values, change: Values): Promise<string[]> =>
    (await provider.check(olds, declared(change))).failures.map(({ property, reason }) => `${property}: ${reason}`);

  it("is refused without the explicit permission, and where there is no such version", async () => {
    const { inputs, outs } = await created();
    expect(await reasons(inputs, back)).toEqual([
      expect.stringMatching(
        /^targetVersion: migrationTarget "0001": is below what is applied \(0002\).*migrationAllowDown/,
      ),
    ]);
    expect(await reasons(inputs, { targetVersion: "0007" })).toContainEqual(
      expect.stringContaining(
        'migrationTarget "0007": is no version of the folder; expected "", "0" or one of: 0001, 0002',
      ),
    );
    // A state that lost its files cannot be fooled either: the history has the last word.
    const failed = await failureOf(provider.update(database, outs, declared(back)));
    expect(failed.reasons.join()).toContain("is below what is applied (0002)");
    expect(await rows("select to_regclass('app.b')::text t")).toEqual([{ t: "app.b" }]);
  });

  it("goes back with it, and forward again without", async () => {
    const { inputs, outs } = await created();
    const news = await checked(inputs, declared({ ...back, allowDown: true }));
    expect(await provider.diff(outs, news)).toBe(true);
    const lower = await provider.update(database, outs, news);
    expect(lower).toMatchObject({ version: "0001", appliedCount: 1, drift: [] });
    expect(await rows("select to_regclass('app.b')::text t")).toEqual([{ t: null }]);
    expect(await provider.diff(lower, news)).toBe(false);
    expect((await provider.read(database, lower)).outs).toEqual(lower);

    const forward = await checked(news, declared());
    expect(await provider.update(database, lower, forward)).toMatchObject({ version: "0002", appliedCount: 2 });
  });
});

describe("an interruption", () => {
  it("stops after the statement under way within four seconds, keeps what was applied, and is recorded", async () => {
    folder.add(3, "c", "create table app.c ();\nselect pg_sleep(300);").add(4, "d", "create table app.d ();");
    const own = await DynamicProvider.start(text);
    try {
      const running = failureOf(own.create(await checked({}, declared())));
      for (;;) {
        const [row] = await rows("select count(*)::int n from pg_stat_activity where wait_event = 'PgSleep'");
        if (row?.["n"] === 1) break;
      }
      const began = performance.now();
      own.signal("SIGINT");
      const failed = await running;
      expect(performance.now() - began).toBeLessThan(4_500);
      expect(failed.properties).toMatchObject({ version: "0002", appliedCount: 2 });
      expect(failed.reasons.join()).toContain("interrupted");
      expect(await rows("select kind, script from migrations.migration_event order by id desc limit 1")).toEqual([
        { kind: "interrupted", script: "V0003__c.up.sql" },
      ]);
      expect(await own.ended()).toBe(130);
    } finally {
      await own.stop();
    }
    folder.add(3, "c", "create table app.c ();");
    expect(await provider.create(await checked({}, declared()))).toMatchObject({ outs: { version: "0004" } });
  });
});

describe("a state that an older engine left", () => {
  const later = ["environment", "targetVersion", "allowDown", "surroundings", "repeatables", "drift", "baseline"];
  const aged = (values: Values): Values => {
    const files = (values["files"] as Values[]).map(
      ({ version, description, file, sha256, transactional, statements }) => ({
        ...{ version, description, file, sha256, transactional, statements },
      }),
    );
    return Object.fromEntries(Object.entries({ ...values, files }).filter(([name]) => !later.includes(name)));
  };

  it("is checked, compared, read, updated and deleted like today's", async () => {
    const { inputs, outs } = await created();
    const old = aged(outs);
    expect((await provider.check(aged(inputs), declared())).failures).toEqual([]);
    expect(await provider.diff(old, inputs)).toBe(false);
    expect((await provider.read(database, old)).outs).toMatchObject({ version: "0002", drift: [] });
    folder.add(3, "c", "create table app.c ();");
    const news = await checked(aged(inputs), declared());
    expect(await provider.diff(old, news)).toBe(true);
    const updated = await provider.update(database, old, news);
    expect(updated).toMatchObject({ version: "0003", appliedCount: 3 });
    await provider.delete(database, aged(updated));
    expect(await rows("select to_regclass('app.c')::text t")).toEqual([{ t: "app.c" }]);
  });

  it("of a database whose history has no snapshot yet gets one, and no alarm", async () => {
    const { inputs, outs } = await created();
    await rows("drop table migrations.migration_catalog; create table app.before_there_was_a_watch ()");
    expect((await provider.read(database, outs)).outs["drift"]).toEqual([]);
    expect(await provider.update(database, aged(outs), inputs)).toMatchObject({ drift: [] });
    await rows("drop table app.before_there_was_a_watch");
    expect((await provider.read(database, outs)).outs["drift"]).toHaveLength(1);
  });
});
