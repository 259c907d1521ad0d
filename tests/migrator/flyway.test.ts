import { describe, expect, it, jest } from "@jest/globals";
import { baseline, down, repair, up, verify } from "../../migrator/index.ts";
import { MigrationTest } from "../support/migration-test.ts";
import { flyway, flywayClassPath } from "../support/flyway.ts";

// Java takes seconds a question: only the full suite asks.
const classPath = process.env["TEST_FULL"] === "1" ? flywayClassPath() : undefined;
const migrations = new MigrationTest((folder) =>
  folder
    .add(1, "schema", "create schema app;", "drop schema app;")
    .add(2, "make_b", "create table app.b (id int);\n-- Grüße\n", "drop table app.b;")
    .add(3, "index_b", "-- migrator: no-transaction\ncreate index concurrently i on app.b (id);", "drop index app.i;"),
);
const { load, options, rows } = migrations;
// Java starts slowly, the more on a busy machine.
jest.setTimeout(120_000);

const ask = (command: "migrate" | "info" | "validate"): Promise<string[]> => {
  const login = { port: migrations.cluster.port, database: migrations.database, user: "migrator", password: "test" };
  return flyway(classPath ?? "", command, {
    ...login,
    folder: migrations.folder.path,
    suffix: ".up.sql",
    schema: "migrations",
    table: "schema_history",
  });
};

// Without Java and Flyway's artifacts the table's shape is still held by "writes the history as Flyway would".
(classPath === undefined ? describe.skip : describe)("Flyway on this engine's history", () => {
  it("finds it valid and every migration applied, and goes on with it", async () => {
    await up(options(), await load());
    expect(await ask("validate")).toEqual(["valid"]);
    expect(await ask("info")).toEqual([
      "0001 | schema | SQL | Success",
      "0002 | make b | SQL | Success",
      "0003 | index b | SQL | Success",
    ]);
    migrations.folder.add(4, "make_d", "create table app.d (id int);", "drop table app.d;");
    expect((await ask("info")).at(-1)).toBe("0004 | make d | SQL | Pending");
    expect(await ask("migrate")).toEqual(["1"]);
    await verify(options(), await load()).catch((error: unknown) => {
      // What Flyway did came after the last snapshot of the catalog; nothing else may be wrong.
      expect(String(error)).not.toMatch(/migration "/);
    });
    expect(await rows("select version from migrations.schema_history where version = '0004'")).toHaveLength(1);
    expect((await up(options(), await load())).applied).toEqual([]);
  });

  it("sees what was undone as pending, what was edited as invalid, what was repaired as deleted, and a baseline", async () => {
    await up(options(), await load());
    await down(options(), "2");
    expect((await ask("info")).at(-1)).toBe("0003 | index b | SQL | Pending");
    migrations.folder.delete("V0003__index_b.up.sql", "V0003__index_b.down.sql");
    migrations.folder.add(2, "make_b", "create table app.b (id int, v int);", "drop table app.b;");
    expect((await ask("validate")).at(-1)).toBe("invalid");
    await repair(options(), await load(), { reason: "a test" });
    expect(await ask("validate")).toEqual(["valid"]);
    migrations.folder.delete("V0002__make_b.up.sql", "V0002__make_b.down.sql");
    await repair(options(), await load(), { reason: "a test" });
    expect(await ask("validate")).toEqual(["valid"]);
    expect(
      (await ask("info")).filter((line) => line.startsWith("0002")).map((line) => line.split(" | ").at(-1)),
    ).toContain("Deleted");
    await migrations.freshDatabase();
    await baseline(options(), "1", "a test");
    expect((await ask("info")).join("\n")).toContain("| BASELINE | Baseline");
    expect(await ask("validate")).toEqual(["valid"]);
  });
});
