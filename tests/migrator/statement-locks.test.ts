// What the engine says of a statement's lock and rewrite, against the server: what it holds inside a transaction, or asks for
// while another session is in its way, and whether a table has another file afterwards.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { type TableLock, tableLocks } from "../../migrator/index.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { parsedOne } from "../support/parsed-statement.ts";

let cluster: TestCluster;
let client: pg.Client;
let blocker: pg.Client;

const setUp = `
  create schema sc;
  create table t (a int primary key, b varchar(20), c int not null default 1 check (c > 0), d int generated always as (1) stored);
  insert into t select generate_series(1, 3);
  create table u (a int references t, x int);
  create unlogged table un (a int);
  create table p (a int) partition by list (a);
  create table p1 partition of p for values in (1);
  create table q (a int);
  create table parent (a int);
  create table child () inherits (parent);
  create index t_b on t (b);
  create unique index t_c on t (a, c);
  create view v as select a from q;
  create materialized view m as select a from q;
  create unique index m_a on m (a);
  create sequence s;
  create domain dom as int;
  create table with_domain (a dom);
  create function f() returns int language plpgsql volatile as 'begin return 1; end';
  create function trg() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on t for each row execute function trg();
  create rule ru as on delete to q do nothing;
  create policy po on t;
  create publication pu for table q;
  create role ro;
  alter table u add constraint late check (x > 0) not valid;
`;

beforeAll(async () => {
  cluster = await startCluster({ wal_level: "logical" });
  client = await cluster.connect();
  blocker = await cluster.connect();
  await client.query(setUp);
}, 60_000);

afterAll(async () => {
  await Promise.all([client.end(), blocker.end()]);
  await cluster.remove();
});

/** Relations that were there before, by oid: their file. */
async function relations(): Promise<Map<string, string>> {
  const { rows } = await client.query<{ oid: string; file: string }>(
    "select oid::text, case when relkind = 'S' then 0 else relfilenode end::text as file from pg_class where oid >= 16384 and relkind in ('r', 'p', 'v', 'm', 'S', 'f')",
  );
  return new Map(rows.map(({ oid, file }) => [oid, file]));
}

function strongest(modes: readonly string[]): TableLock | null {
  const locks = modes.map((mode) =>
    tableLocks.findIndex((lock) => `${lock.replaceAll(" ", "").toLowerCase()}lock` === mode.toLowerCase()),
  );
  return tableLocks[Math.max(-1, ...locks)] ?? null;
}

/** What the server does inside a transaction that is rolled back. */
async function inTransaction(sql: string): Promise<{ lock: TableLock | null; rewrites: boolean }> {
  await client.query("begin");
  try {
    const before = await relations();
    await client.query(sql);
    const { rows } = await client.query<{ oid: string; mode: string }>(
      "select relation::text as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'",
    );
    const after = await relations();
    const lock = strongest(rows.filter(({ oid }) => before.has(oid)).map(({ mode }) => mode));
    return { lock, rewrites: [...before].some(([oid, file]) => after.has(oid) && after.get(oid) !== file) };
  } finally {
    await client.query("rollback");
  }
}

/** What the statement waits for while another session holds a lock that lets only reading and writing of rows pass. */
async function behindBlocker(sql: string, table: string): Promise<TableLock | null> {
  await blocker.query(`begin; lock table ${table} in share update exclusive mode`);
  const pid = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;
  const done = client.query(sql).catch(() => undefined);
  try {
    for (;;) {
      const { rows } = await blocker.query<{ mode: string }>(
        "select mode from pg_locks where pid = $1 and relation = $2::regclass and not granted",
        [pid, table],
      );
      if (rows.length > 0) return strongest(rows.map(({ mode }) => mode));
      await sleep(10);
    }
  } finally {
    await blocker.query("select pg_cancel_backend($1)", [pid]);
    await done;
    await blocker.query("rollback");
  }
}

describe("locks and rewrites", () => {
  it.each([
    ...[
      "alter table t add e int",
      "alter table t add e int default 1",
      "alter table t add e timestamptz default now()",
    ],
    ...[
      "alter table t add e timestamptz default clock_timestamp()",
      "alter table t add e uuid default gen_random_uuid()",
    ],
    ...[
      "alter table t add e int default public.f()",
      "alter table t add e bigserial",
      "alter table t add e int default length('x')",
    ],
    ...[
      "alter table t add e int generated always as identity",
      "alter table t add e int generated always as (a * 2) stored",
    ],
    ...[
      "alter table u add e int references t",
      "alter table t add e int check (e > 0)",
      "alter table t drop b",
      "alter table t alter d drop expression",
    ],
    ...[
      "alter table t alter c type bigint",
      "alter table t alter c set default 2",
      "alter table t alter c drop default",
      "alter table t alter c drop not null",
    ],
    ...[
      "alter table u alter x set not null",
      "alter table t alter c set statistics 10",
      "alter table t alter c set (n_distinct = 5)",
    ],
    ...[
      "alter table t alter c reset (n_distinct)",
      "alter table t alter b set storage plain",
      "alter table t alter b set compression pglz",
    ],
    ...[
      "alter table t add constraint k check (a > 0)",
      "alter table t add constraint k check (a > 0) not valid",
      "alter table t add constraint k unique (b)",
    ],
    ...[
      "alter table t add constraint k unique using index t_c",
      "alter table u add primary key (a)",
      "alter table u add constraint k foreign key (x) references t",
    ],
    ...[
      "alter table u add constraint k foreign key (x) references t not valid",
      "alter table u validate constraint late",
      "alter table u drop constraint late",
    ],
    ...[
      "alter table t disable trigger all",
      "alter table t enable replica trigger tr",
      "alter table q disable rule ru",
      "alter table t enable row level security",
    ],
    ...[
      "alter table t force row level security",
      "alter table t cluster on t_b",
      "alter table t set without cluster",
      "alter table child set unlogged",
      "alter table un set logged",
    ],
    ...[
      "alter table t set (fillfactor = 70)",
      "alter table t reset (fillfactor)",
      "alter table t set (autovacuum_enabled = off)",
      "alter table t set (user_catalog_table = true)",
    ],
    ...[
      "alter table t owner to ro",
      "alter table t replica identity full",
      "alter table t rename to t9",
      "alter table t rename c to c9",
      "alter table u rename constraint late to later",
    ],
    ...[
      "alter table t set schema sc",
      "alter table child no inherit parent",
      "alter table q inherit parent",
      "alter table p attach partition q for values in (9)",
      "alter table p detach partition p1",
    ],
    ...[
      "alter table t add e int, disable trigger all",
      "alter table t disable trigger all, alter c set statistics 1",
      "alter view v rename to v9",
      "alter view v alter a set default 1",
    ],
    ...[
      "alter sequence s restart",
      "alter sequence s rename to s9",
      "alter materialized view m rename to m9",
      "alter trigger tr on t rename to tr9",
      "alter policy po on t to ro",
      "alter rule ru on q rename to ru9",
    ],
    ...[
      "create index on t (b)",
      "create unique index on t (c, a)",
      "create view w as select a from t",
      "create or replace view v as select a from q where true",
      "create materialized view m9 as select a from t",
    ],
    ...[
      "create table x (a int)",
      "create table x (a int references t)",
      "create table x (like t)",
      "create table x () inherits (parent)",
      "create table x partition of p for values in (5)",
    ],
    ...[
      "create table x as select a from t",
      "select a into x from t",
      "create trigger tr9 before update on t for each row execute function trg()",
      "create policy po9 on t",
    ],
    ...[
      "create rule ru9 as on update to q do nothing",
      "create statistics st on a, c from t",
      "create publication pu9 for table t",
      "create publication pu8 for all tables",
      "alter publication pu add table t",
    ],
    ...[
      "create sequence s9",
      "create schema sc9",
      "create function f9() returns int language sql return 1",
      "create domain dom9 as int",
      "alter domain dom add check (value > 0)",
      "alter domain dom set not null",
      "alter domain dom drop not null",
    ],
    ...[
      "drop table u",
      "drop table t cascade",
      "drop view v",
      "drop materialized view m",
      "drop sequence s",
      "drop trigger tr on t",
      "drop policy po on t",
      "drop rule ru on q",
      "drop function f()",
      "drop schema sc",
    ],
    ...[
      "comment on table t is 'x'",
      "comment on column t.a is 'x'",
      "comment on trigger tr on t is 'x'",
      "comment on function f() is 'x'",
      "comment on constraint late on u is 'x'",
      "comment on view v is 'x'",
      "comment on sequence s is 'x'",
    ],
    ...[
      "lock table t nowait",
      "lock table t in exclusive mode",
      "lock table t in share mode",
      "lock table t",
      "lock table t in row exclusive mode",
      "reindex table t",
      "analyze t",
      "cluster t using t_b",
      "refresh materialized view m",
      "refresh materialized view concurrently m",
    ],
    ...[
      "grant select on t to ro",
      "revoke select on t from ro",
      "select 1",
      "select * from t",
      "select * from t for update",
      "select * from t for key share",
      "insert into q values (1)",
      "update t set c = 2",
      "delete from u",
      "merge into un using q on q.a = un.a when matched then update set a = 2",
    ],
    ...[
      "with gone as (delete from u returning a) select * from gone",
      "with x as (select 1) table x",
      "values (1)",
      "explain select * from t",
      "explain (analyze) delete from u",
      "declare cu cursor for select * from t",
      "prepare pp as select 1",
    ],
    ...[
      "copy t to '/dev/null'",
      "copy q from '/dev/null'",
      "copy (select 1) to '/dev/null'",
      "set local work_mem = '4MB'",
      "create role ro9",
      "reassign owned by ro to cloudsqladmin",
    ],
  ])("%s", async (sql) => {
    const { lock, rewrites } = await parsedOne(sql);
    expect({ lock, rewrites }).toEqual(await inTransaction(sql));
  });

  it.each([
    ["create index concurrently on t (b)", "t"],
    ["drop index concurrently t_b", "t"],
    ["reindex table concurrently t", "t"],
    ["reindex index concurrently t_b", "t"],
    ["vacuum t", "t"],
    ["vacuum full t", "t"],
    ["vacuum (full off) t", "t"],
    ["alter table p detach partition p1 concurrently", "p"],
  ])("%s, outside a transaction", async (sql, table) => {
    expect((await parsedOne(sql)).lock).toBe(await behindBlocker(sql, table));
  });

  it("counts TRUNCATE, which gives a table a new file without writing one, as no rewrite", async () => {
    expect(await inTransaction("truncate q")).toEqual({ lock: "ACCESS EXCLUSIVE", rewrites: true });
    expect(await parsedOne("truncate q")).toMatchObject({ lock: "ACCESS EXCLUSIVE", rewrites: false });
  });

  it("counts VACUUM FULL as a rewrite, and a type change even where the old type would spare it", async () => {
    const file = async (): Promise<unknown> =>
      (await client.query("select relfilenode from pg_class where relname = 't'")).rows[0];
    const before = await file();
    await client.query("vacuum full t");
    expect(await file()).not.toEqual(before);
    expect((await parsedOne("vacuum full t")).rewrites).toBe(true);
    expect(await inTransaction("alter table t alter b type varchar(40)")).toEqual({
      lock: "ACCESS EXCLUSIVE",
      rewrites: false,
    });
    expect((await parsedOne("alter table t alter b type varchar(40)")).rewrites).toBe(true);
  });
});
