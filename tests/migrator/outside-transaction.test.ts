import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { acceptDrift, down, status } from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";

const migrations = new MigrationTest((folder) =>
  folder.add(1, "table", "create schema app; create table app.t (v int); insert into app.t values (1), (1), (2);"),
);
const { load, options, rows, run } = migrations;

const outside = "-- migrator: no-transaction\n";
const indexes = (): Promise<Record<string, unknown>[]> =>
  rows(
    "select relname n, indisvalid v from pg_index join pg_class on oid = indexrelid where relnamespace = 'app'::regnamespace order by 1",
  );

describe("a file outside a transaction", () => {
  it("builds indexes concurrently as the owner, and has a way back", async () => {
    migrations.folder.add(
      2,
      "indexes",
      `${outside}create index concurrently t_v on app.t (v);\ncreate index concurrently t_w on app.t (v);\nvacuum app.t;\n`,
      `${outside}drop index concurrently app.t_v; drop index concurrently app.t_w;`,
    );
    expect((await run()).applied.map(({ version }) => version)).toEqual(["0001", "0002"]);
    expect(await indexes()).toEqual([
      { n: "t_v", v: true },
      { n: "t_w", v: true },
    ]);
    expect(await rows("select distinct pg_get_userbyid(relowner) o from pg_class where relname like 't\\__'")).toEqual([
      { o: "migration_owner" },
    ]);
    expect(await rows("select * from migrations.migration_progress")).toEqual([]);
    await down(options(), "1");
    expect(await indexes()).toEqual([]);
  });

  it("leaves no INVALID index when the build fails, and goes on after the statements that are done", async () => {
    const text = `${outside}create index concurrently t_v on app.t (v);\n\ncreate unique index concurrently t_u on app.t (v);\n`;
    migrations.folder.add(2, "indexes", text);
    const error = String(await run().catch((reason: unknown) => reason));
    expect(error).toContain('V0002__indexes.up.sql:4:1: could not create unique index "t_u" (SQLSTATE 23505)');
    expect(error).toContain("Statements before this one stay done");
    expect(await indexes()).toEqual([{ n: "t_v", v: true }]);
    const set = await load();
    expect((await status(options(), set)).interrupted).toEqual(["V0002__indexes.up.sql"]);

    await rows("delete from app.t where ctid = (select min(ctid) from app.t)");
    expect((await run()).applied).toHaveLength(1);
    expect(await indexes()).toEqual([
      { n: "t_u", v: true },
      { n: "t_v", v: true },
    ]);
    const kinds = await rows("select kind from migrations.migration_event where version = '0002' order by id");
    expect(kinds.map(({ kind }) => kind)).toEqual(["started", "failed", "started", "applied"]);
  });

  it("removes the INVALID index that somebody's interrupted build left, before it builds", async () => {
    await run();
    await rows("create unique index concurrently t_u on app.t (v)").catch(() => undefined);
    expect(await indexes()).toEqual([{ n: "t_u", v: false }]);
    await rows("delete from app.t where ctid = (select min(ctid) from app.t)");
    migrations.folder.add(2, "indexes", `${outside}create unique index concurrently t_u on app.t (v);`);
    await run();
    expect(await indexes()).toEqual([{ n: "t_u", v: true }]);
  });

  it("refuses an edit of a statement that is already done, and takes one of the statement that failed", async () => {
    const first = "create index concurrently t_v on app.t (v);";
    migrations.folder.add(2, "indexes", `${outside}${first}\nreindex table concurrently app.missing;`);
    await expect(run()).rejects.toThrow(/V0002__indexes.up.sql:3:\d+: relation "app.missing" does not exist/);
    migrations.folder.add(2, "indexes", `${outside}create index concurrently t_v on app.t (v, v);\nvacuum app.t;`);
    await expect(run()).rejects.toThrow(/line 2 was edited after its statement had run/);
    migrations.folder.add(2, "indexes", `${outside}${first}\nreindex table concurrently app.t;`);
    expect((await run()).version).toBe("0002");
  });

  it("removes the half-built copies that a killed REINDEX CONCURRENTLY left, and does it again", async () => {
    await run();
    await rows("create index t_v on app.t (v); alter index app.t_v owner to migration_owner");
    await acceptDrift(options(), "a test");
    migrations.folder.add(2, "again", `${outside}reindex index concurrently app.t_v;`);
    const reader = await migrations.cluster.connect(migrations.database);
    await reader.query("begin; select from app.t; savepoint held");
    const running = run();
    // It waits for the reader with its copy in place.
    while ((await rows("select from pg_index where not indisvalid")).length === 0) await sleep(20);
    await rows(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'migrator' and query like '%reindex%'",
    );
    await sleep(200);
    await reader.end();
    expect((await running).version).toBe("0002");
    expect(await indexes()).toEqual([{ n: "t_v", v: true }]);
  });
});
