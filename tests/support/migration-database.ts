// A database with the rights that the stack gives: an owner without login, a migrator that may become it, a reader.
import type { MigratorOptions } from "../../migrator/index.ts";
import type { TestCluster } from "./postgres.ts";

let count = 0;

/** Makes a fresh database in the cluster and returns its name; roles `owner`, `migrator`, `reader` are made once. */
export async function freshDatabase(cluster: TestCluster): Promise<string> {
  count += 1;
  const database = `migrated_${String(count)}`;
  const admin = await cluster.connect();
  try {
    const { rowCount } = await admin.query("select from pg_roles where rolname = 'migration_owner'");
    if (rowCount === 0) {
      await admin.query(
        "create role migration_owner; create role reader login password 'test'; create role migrator login password 'test' in role migration_owner",
      );
    }
    await admin.query(`create database ${database} owner migration_owner`);
  } finally {
    await admin.end();
  }
  return database;
}

/** Options that connect as `migrator`, patient enough for tests and no more. */
export function optionsFor(cluster: TestCluster, database: string): MigratorOptions {
  return {
    connect: () => cluster.connect(database, "migrator", "test"),
    ownerRole: "migration_owner",
    historyReaders: ["reader"],
    retryDelayMs: 50,
    runnerLockTimeoutMs: 20_000,
  };
}

/** Rows of one query, as the superuser. */
export async function query(
  cluster: TestCluster,
  database: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = await cluster.connect(database);
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
