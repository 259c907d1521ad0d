// Which commands PostgreSQL 15 refuses inside a transaction: the engine's word against the server's, for one form at least of
// every command of its documentation.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { parsedOne } from "../support/parsed-statement.ts";

let cluster: TestCluster;
let client: pg.Client;

const setUp = `
  create table t (a int primary key, b text, c int not null default 1);
  create table u (a int references t);
  create table p (a int) partition by list (a);
  create table p1 partition of p for values in (1);
  create table p2 partition of p for values in (2);
  create table q (a int);
  create index t_b on t (b);
  create view v as select a from t;
  create materialized view m as select a from t;
  create unique index m_a on m (a);
  create sequence s;
  create type e as enum ('x');
  create type comp as (a int);
  create type r as range (subtype = int4);
  create domain d as int;
  create function f(int) returns int language sql as 'select $1';
  create function trg() returns trigger language plpgsql as 'begin return new; end';
  create function evt() returns event_trigger language plpgsql as 'begin end';
  create function sfunc(int, int) returns int language sql immutable as 'select $1 + $2';
  create function hand() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
  create aggregate agg (int) (sfunc = sfunc, stype = int);
  create procedure pr() language sql as 'select 1';
  create operator === (leftarg = int, rightarg = int, function = int4eq);
  create operator family of using btree;
  create operator class oc for type int using hash as operator 1 =;
  create collation co from "C";
  create conversion cv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
  create text search configuration tc (copy = simple);
  create text search dictionary td (template = simple);
  create text search parser tp (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
  create text search template tt (lexize = dsimple_lexize);
  create trigger tr before insert on t for each row execute function trg();
  create event trigger et on ddl_command_start when tag in ('CREATE CAST') execute function evt();
  create rule ru as on delete to q do nothing;
  create policy po on t;
  create statistics st on a, c from t;
  create foreign data wrapper fdw;
  create server sv foreign data wrapper fdw;
  create user mapping for public server sv;
  create foreign table ft (a int) server sv;
  create publication pu for table t;
  create role ro; create role ro2;
  create schema sc;
  create access method am type index handler bthandler;
  create cast (comp as text) with inout;
  create subscription su connection 'dbname=none' publication pu, pu4 with (connect = false, slot_name = 'slot');
  alter subscription su enable;
  create database other;
`;

// `#` begins what the server refuses.
const samples = `
abort|alter aggregate agg (int) rename to agg2|alter collation co rename to co2|alter conversion cv rename to cv2
alter database other rename to other2|alter database other with connection limit 5|alter database other set work_mem = '4MB'
alter database postgres refresh collation version|# alter database other set tablespace pg_default
alter default privileges grant select on tables to ro|alter domain d add check (value > 0)|alter event trigger et disable
alter extension plpgsql update|alter foreign data wrapper fdw options (a 'b')|alter foreign table ft add column b int
alter function f(int) strict|alter group ro add user ro2|alter index t_b rename to t_b2|alter language plpgsql rename to plpgsql2
alter large object 1 owner to ro|alter materialized view m rename to m2|alter operator ===(int, int) set (restrict = none)
alter operator family of using btree rename to of2|alter operator class oc using hash rename to oc2|alter policy po on t to ro
alter procedure pr() security definer|alter publication pu set (publish = 'insert')|alter role ro nologin|alter routine f(int) strict
alter rule ru on q rename to ru2|alter schema sc rename to sc2|alter sequence s restart|alter server sv version '2'
alter statistics st set statistics 100|# alter subscription su refresh publication|# alter subscription su set publication pu
# alter subscription su add publication pu2|# alter subscription su drop publication pu|# alter subscription su set publication pu with (refresh)
alter subscription su set publication pu with (refresh = false)|alter subscription su add publication pu2 with (refresh = off)
# alter subscription su add publication pu2 with (refresh = 1)|alter subscription su drop publication pu with (refresh = 0)
alter subscription su connection 'dbname=none2'|alter subscription su set (binary = on)|alter subscription su disable|alter subscription su rename to su2
# alter system set work_mem = '4MB'|# alter system reset work_mem|# alter system reset all|alter table t add column x int|alter table p detach partition p1
# alter table p detach partition p1 concurrently|alter table p attach partition q for values in (9)|alter table u alter a type bigint|alter table all in tablespace pg_default set tablespace pg_default
alter tablespace pg_default set (random_page_cost = 4)|alter text search configuration tc rename to tc2|alter text search dictionary td (accept = false)
alter text search parser tp rename to tp2|alter text search template tt rename to tt2|alter trigger tr on t rename to tr2
alter type e add value 'y'|alter type e add value if not exists 'x'|alter type e rename value 'x' to 'z'|alter type comp add attribute b int|alter user ro nologin|alter user mapping for public server sv options (a 'b')
alter view v rename to v2|analyze|analyze t|analyze (verbose off) t (a)|call pr()|checkpoint|cluster t using t_pkey|# cluster|# cluster verbose
comment on table t is 'x'|copy t to '/dev/null'|create access method am2 type index handler bthandler|create aggregate agg3 (int) (sfunc = sfunc, stype = int)
create cast (e as comp) with inout|create collation co3 from "C"|create conversion cv3 for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
# create database third|# create database third with template template0|create domain d3 as int|create event trigger et3 on ddl_command_start execute function evt()
create extension if not exists plpgsql|create foreign data wrapper fdw3|create foreign table ft3 (a int) server sv|create function f3() returns int language sql return 1
create or replace function f3() returns int language sql begin atomic select 1; end|create group ro3|create index on t (b)|# create index concurrently on t (b)|# create unique index concurrently if not exists i3 on t (b)
create language plsample handler hand|create materialized view m3 as select 1|create operator ==== (leftarg = int, rightarg = int, function = int4eq)|create operator family of3 using btree
create operator class oc3 for type int using btree as operator 3 =, function 1 btint4cmp(int, int)|create policy po3 on t|create procedure pr3() language sql as 'select 1'|create publication pu3 for all tables
create role ro3|create rule ru3 as on update to q do nothing|create schema sc3|create schema sc4 create table x (a int)|create sequence s3|create server sv3 foreign data wrapper fdw|create statistics st3 on a, b from t
# create subscription su3 connection 'dbname=none' publication pu|# create subscription su3 connection 'dbname=none' publication pu with (create_slot)
# create subscription su3 connection 'dbname=none' publication pu with (create_slot = on, enabled = false)|create subscription su3 connection 'dbname=none' publication pu with (connect = false)
create subscription su3 connection 'dbname=none' publication pu with (connect = 0, slot_name = none)|create subscription su3 connection 'dbname=none' publication pu with (connect = off, create_slot = false)
create table t3 (a int)|create table t4 as select 1 as a|create temporary table t5 (a int) on commit drop|# create tablespace ts location '/nowhere'|create text search configuration tc3 (copy = simple)
create text search dictionary td3 (template = simple)|create text search parser tp3 (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)|create text search template tt3 (lexize = dsimple_lexize)
create trigger tr3 before update on t for each row execute function trg()|create type e3 as enum ('x')|create type shell3|create user ro3|create user mapping for ro server sv|create view v3 as select 1
deallocate all|declare cu cursor for select 1|declare cu2 cursor with hold for select 1|delete from t|# discard all|discard plans|discard sequences|discard temp|do 'begin end'
drop access method am|drop aggregate agg (int)|drop cast (comp as text)|drop collation co|drop conversion cv|# drop database other|# drop database if exists nothing|# drop database other with (force)|drop domain d|drop event trigger et
drop extension if exists nothing|drop foreign data wrapper fdw cascade|drop foreign table ft|drop function f(int)|drop group ro|drop index t_b|# drop index concurrently t_b|# drop index concurrently if exists nothing
drop materialized view m|drop operator ===(int, int)|drop operator class oc using hash|drop operator family of using btree|drop owned by ro|drop policy po on t|drop procedure pr()|drop publication pu|drop role ro|drop routine f(int)
drop rule ru on q|drop schema sc|drop sequence s|drop server sv cascade|drop statistics st|# drop subscription su|drop subscription if exists nothing!|drop table u|# drop tablespace ts|# drop tablespace if exists ts|drop text search configuration tc|drop text search dictionary td
drop text search parser tp|drop text search template tt|drop trigger tr on t|drop type e|drop user ro|drop user mapping for public server sv|drop view v|explain select 1|explain (analyze) select 1|grant select on t to ro|grant ro to ro2
import foreign schema x from server sv into sc!|insert into t (a) values (1)|listen x|load 'plpgsql'|lock table t|merge into t using q on t.a = q.a when matched then delete|notify x|prepare pp as select 1|reassign owned by ro to ro2|refresh materialized view m|refresh materialized view concurrently m
reindex table t|reindex index t_b|reindex (verbose) table t|# reindex table concurrently t|# reindex index concurrently t_b|# reindex (concurrently) table t|# reindex (concurrently on, verbose) index t_b|reindex (concurrently false) table t|reindex (concurrently 0) index t_b|# reindex schema public|# reindex schema concurrently sc|# reindex database postgres|# reindex system postgres|# reindex (verbose off) system postgres
reset work_mem|revoke select on t from ro|security label on table t is 'x'!|select 1|select 1 into t6|set work_mem = '4MB'|set constraints all deferred|set role ro|set session authorization ro|set local work_mem = '4MB'|show work_mem|table t|truncate t cascade|unlisten x|update t set b = ''
# vacuum|# vacuum t|# vacuum full|# vacuum (analyze) t|# vacuum (full off, freeze) t|values (1)
`
  .split(/[|\n]/)
  .map((sample) => sample.trim())
  .filter((sample) => sample !== "");

beforeAll(async () => {
  cluster = await startCluster({ wal_level: "logical", max_logical_replication_workers: "0" });
  client = await cluster.connect();
  for (const statement of setUp.split(/;\n/)) {
    if (statement.trim() !== "") await client.query(statement);
  }
  await client.query("select lo_create(1)");
}, 60_000);

afterAll(async () => {
  await client.end();
  await cluster.remove();
});

/** SQLSTATE with which the server answers inside a transaction; "" when it does not refuse. */
async function answer(sql: string): Promise<string> {
  await client.query("begin");
  try {
    await client.query(sql);
    return "";
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return error.code ?? "?";
  } finally {
    await client.query("rollback");
    await client.query("discard all");
  }
}

describe("commands inside a transaction", () => {
  it.each(samples)("%s", async (sample) => {
    const refused = sample.startsWith("#");
    // With "!" it fails for another reason, which comes after the check.
    const fails = sample.endsWith("!");
    const sql = sample.replace(/^# ?|!$/g, "");
    const code = await answer(sql);
    if (fails) expect(code).not.toBe("25001");
    else expect(code).toBe(refused ? "25001" : "");
    const statement = await parsedOne(sql);
    if (statement.kind !== "DropSubscriptionStmt") expect(statement.outsideTransaction).toBe(refused);
  });

  it("count DROP SUBSCRIPTION as refused, since only the catalog knows whether it is", async () => {
    expect((await parsedOne("drop subscription if exists nothing")).outsideTransaction).toBe(true);
    expect(await answer("drop subscription if exists nothing")).toBe("");
  });

  it("hang on the catalog for partitioned tables, and fail by name there", async () => {
    for (const sql of ["reindex table p", "cluster p using p_a"]) {
      await client.query("create index if not exists p_a on p (a)");
      expect(await answer(sql)).toBe("25001");
      expect((await parsedOne(sql)).outsideTransaction).toBe(false);
    }
  });
});
