// Rows of one table from a clone into a library in use, over two databases of one real server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { restoreTable } from "../../commands/recovery/restore-table.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";

const owner = "library_owner";
const table = `
  create schema library authorization ${owner};
  create table library.track (
    id bigint generated always as identity primary key, title text, "Year" int,
    shout text generated always as (upper(title)) stored
  );
  alter table library.track owner to ${owner};
  create table library.keyless (title text);
  alter table library.keyless owner to ${owner};
  insert into library.track (title, "Year") values ('one', 1), ('two', 2), (null, null);`;

describe("a table that is brought back", () => {
  let cluster: TestCluster;
  let from: pg.Client;
  let into: pg.Client;

  const rows = async (): Promise<unknown[]> =>
    (await into.query({ text: "select * from library.track order by id", rowMode: "array" })).rows;
  const restore = (overwrite: boolean, commit = true) =>
    restoreTable({ table: "track", from, into, owner, overwrite, commit });

  beforeAll(async () => {
    cluster = await startCluster();
    const admin = await cluster.connect();
    await admin.query(`create role ${owner}`);
    for (const name of ["then", "now"]) await admin.query(`create database ${name}_library`);
    await admin.end();
    from = await cluster.connect("then_library");
    into = await cluster.connect("now_library");
    await from.query(table);
  }, 60_000);

  beforeEach(async () => {
    await into.query("reset role; drop schema if exists library cascade");
    await into.query(table);
    await into.query("delete from library.track where id = 1");
    await into.query("update library.track set title = 'another' where id = 2");
    await into.query("insert into library.track (title) values ('since')");
  });

  afterAll(async () => {
    await Promise.all([from.end(), into.end()]);
    await cluster.remove();
  });

  it("has its missing rows again, numbered as they were, and keeps what is there", async () => {
    expect(await restore(false)).toEqual({ then: 3, broughtBack: 1, different: 1 });
    expect(await rows()).toEqual([
      ["1", "one", 1, "ONE"],
      ["2", "another", 2, "ANOTHER"],
      ["3", null, null, null],
      ["4", "since", null, "SINCE"],
    ]);
  });

  it("has the former content of rows that differ only where it is asked for", async () => {
    expect(await restore(true)).toEqual({ then: 3, broughtBack: 1, different: 1 });
    expect((await rows())[1]).toEqual(["2", "two", 2, "TWO"]);
  });

  it("is as it was when nothing is committed, and the figures say what would be done", async () => {
    const before = await rows();
    expect(await restore(true, false)).toEqual({ then: 3, broughtBack: 1, different: 1 });
    expect(await rows()).toEqual(before);
  });

  it.each([
    ["nowhere", /"nowhere": is not the same then \(no table\) and now \(no table\)/],
    ["keyless", /"keyless": has no primary key/],
  ])("is refused where it is %s", async (name, problem) => {
    const restored = restoreTable({ table: name, from, into, owner, overwrite: false, commit: true });
    await expect(restored).rejects.toThrow(problem);
  });

  it("is refused where its columns have changed since", async () => {
    await into.query("alter table library.track add column album text");
    await expect(restore(false)).rejects.toThrow(/then \(id, title, "Year"\) and now \(id, title, "Year", album\)/);
  });
});
