import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import pg from "pg";
import { ConnectionLostError, down, type MigratorOptions, repair, up, verify } from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";
import { type ProxyRules, startProxy, type TcpProxy } from "../support/tcp-proxy.ts";

/** All points in the full suite, a seeded sample otherwise. */
const full = process.env["TEST_FULL"] === "1";
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 100_000);

const migrations = new MigrationTest((folder) =>
  folder
    .add(1, "schema", "create schema app; create table app.log (v int);", "drop schema app cascade;")
    .add(2, "one", "insert into app.log values (2);", "delete from app.log where v = 2;")
    .add(
      3,
      "index",
      "-- migrator: no-transaction\ncreate index concurrently i on app.log (v);\nvacuum app.log;",
      "drop index app.i;",
    )
    .add(4, "two", "insert into app.log values (4);", "delete from app.log where v = 4;"),
);
const { load, options, rows } = migrations;
// A busy machine starts a server and a process slowly.
jest.setTimeout(120_000);
let proxy: TcpProxy | undefined;

afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});

async function through(rules: ProxyRules): Promise<MigratorOptions> {
  await proxy?.stop();
  proxy = await startProxy(migrations.cluster.port, rules);
  const { port } = proxy;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port,
      database: migrations.database,
      user: "migrator",
      password: "test",
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  return { ...options(), connect };
}

/** Everything that must be there exactly once. */
async function expectAllApplied(): Promise<void> {
  await verify(options(), await load());
  expect(await rows("select v from app.log order by v")).toEqual([{ v: 2 }, { v: 4 }]);
  expect(await rows("select version from migrations.schema_history order by installed_rank")).toEqual(
    ["0001", "0002", "0003", "0004"].map((version) => ({ version })),
  );
  expect(await rows("select indisvalid from pg_index where indexrelid = 'app.i'::regclass")).toEqual([
    { indisvalid: true },
  ]);
}

const isCommit = (chunk: Buffer): boolean => chunk.includes("COMMIT\0") && chunk.includes("app.log values (2)");

describe(`a bad connection (seed ${String(seed)})`, () => {
  it("may hold back each packet for half a second", async () => {
    const set = await load();
    // In the full suite through every kind of file, else faster and through one: each takes some ten packets.
    await up(options(), { ...set, migrations: set.migrations.slice(0, full ? 0 : 3) });
    await up(await through({ delayMs: full ? 500 : 100 }), set);
    await expectAllApplied();
  });

  it("may bring every byte alone", async () => {
    await up(await through({ byteByByte: true }), await load());
    await expectAllApplied();
    expect((await down(await through({ byteByByte: true }), "0")).undone).toHaveLength(4);
  });

  it("may break at any packet in either direction: the run goes on from what the history says", async () => {
    const set = await load();
    const counted = { toServer: 0, toClient: 0 };
    await up(
      await through({
        toServer: (_, nth) => ((counted.toServer = nth), "pass"),
        toClient: (_, nth) => ((counted.toClient = nth), "pass"),
      }),
      set,
    );
    for (const direction of ["toServer", "toClient"] as const) {
      // The first connection is the caller's to wait for: what breaks within the log-in is not the run's.
      const points = Array.from({ length: counted[direction] - 5 }, (_, index) => index + 6);
      for (const point of points.filter((each) => full || (each + seed) % 9 === 0)) {
        await migrations.freshDatabase();
        await up(await through({ [direction]: (_: Buffer, nth: number) => (nth === point ? "cut" : "pass") }), set);
        await expectAllApplied();
      }
    }
  }, 1_800_000);

  it("may swallow the answer to a COMMIT: the backend is found idle, ended, and the history decides", async () => {
    let sent = false;
    const proxied = await through({
      toServer: (chunk) => ((sent ||= isCommit(chunk)), "pass"),
      toClient: () => {
        if (!sent) return "pass";
        sent = false;
        return "swallow";
      },
    });
    const waits: string[] = [];
    const onProgress: NonNullable<MigratorOptions["onProgress"]> = (progress) => {
      if (progress.step === "waiting") waits.push(progress.message);
    };
    const set = await load();
    await up(options(), { ...set, migrations: set.migrations.slice(0, 1) });
    // Alone on its way: in a stream with a hole the answer to the next file would be taken for this one's.
    await up({ ...proxied, onProgress }, { ...set, migrations: set.migrations.slice(0, 2) });
    expect(waits.join("\n")).toContain('"V0002__one.up.sql": the connection broke on the way');
    await up(options(), set);
    await expectAllApplied();
  });

  it("may swallow the COMMIT itself: nothing of it is there, and it is done again", async () => {
    let swallowed = false;
    const proxied = await through({
      toServer: (chunk) => {
        if (swallowed || !isCommit(chunk)) return "pass";
        swallowed = true;
        return "swallow";
      },
    });
    await up(proxied, await load());
    expect(swallowed).toBe(true);
    await expectAllApplied();
  });

  it("is given up as lost in the end, with what the history knows kept", async () => {
    const set = await load();
    await up(options(), { ...set, migrations: set.migrations.slice(0, 1) });
    let broken = false;
    const proxied = await through({ toServer: (chunk) => ((broken ||= isCommit(chunk)) ? "cut" : "pass") });
    const error = await up({ ...proxied, retryDelayMs: 5 }, set).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(await rows("select version from migrations.schema_history")).toEqual([{ version: "0001" }]);
    await up(options(), set);
    await expectAllApplied();
  });

  it("does not make down or repair guess", async () => {
    const set = await load();
    await up(options(), set);
    const lostAnswer = async (word: string): Promise<MigratorOptions> => {
      let sent = 0;
      return await through({
        toServer: (chunk) => ((sent += chunk.includes("COMMIT\0") && chunk.includes(word) ? 1 : 0), "pass"),
        toClient: () => {
          if (sent !== 1) return "pass";
          sent = 2;
          return "cut";
        },
      });
    };
    expect((await down(await lostAnswer("'undone'"), "2")).version).toBe("0002");
    migrations.folder.add(2, "one", "insert into app.log values (2); -- edited");
    migrations.folder.delete(
      ...["3__index", "4__two"].flatMap((stem) => ["up", "down"].map((way) => `V000${stem}.${way}.sql`)),
    );
    const repairs = await repair(await lostAnswer("'repaired'"), await load(), { reason: "a comment" });
    expect(repairs.map(({ kind, file }) => [kind, file])).toEqual([["realigned", "V0002__one.up.sql"]]);
    await verify(options(), await load());
    expect(await rows("select from migrations.migration_event where kind = 'repaired'")).toHaveLength(1);
  });
});

describe("a server that goes away", () => {
  it("may end the backend at any moment of a file", async () => {
    migrations.folder.add(2, "one", "insert into app.log values (2); select pg_sleep(0.3);");
    const set = await load();
    let ended = 0;
    await up(
      {
        ...options(),
        onProgress: ({ step }) => {
          if (step !== "starting" || ended > 3) return;
          ended += 1;
          setTimeout(
            () => void rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'migrator'"),
            20 * ended,
          );
        },
      },
      set,
    );
    await expectAllApplied();
  });

  it("may stop in immediate mode in mid-migration and come back", async () => {
    migrations.folder.add(2, "one", "insert into app.log values (2); select pg_sleep(0.5);");
    const set = await load();
    const begun = Promise.withResolvers<undefined>();
    const run = up(
      {
        ...options(),
        retryDelayMs: 200,
        onProgress: (progress) => {
          if (progress.step === "starting" && progress.file === "V0002__one.up.sql") begun.resolve(undefined);
        },
      },
      set,
    );
    await begun.promise;
    await sleep(200);
    await migrations.cluster.stop("immediate");
    await migrations.cluster.start();
    expect((await run).version).toBe("0004");
    await expectAllApplied();
  });
});
