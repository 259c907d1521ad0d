// The music library's database in a test cluster: roles, schemas and rights as the stack declares them, then sql/.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { TestCluster } from "./postgres.ts";

const sqlFolder = join(import.meta.dirname, "../../sql");

export const testDatabase = "music_library";
/** Every login's password in tests. */
export const testPassword = "test";

const logins = {
  music_library_migrator: "music_library_owner",
  music_library_user: "music_library_readwrite",
  music_library_user_b: "music_library_readwrite",
  music_library_verifier: "music_library_readonly",
};

const rights = `
  revoke all on database music_library from public;
  revoke all on schema public from public;
  create schema library authorization music_library_owner;
  create schema extensions authorization music_library_owner;
  create schema migrations authorization music_library_owner;
  create extension "uuid-ossp" schema extensions;
  create extension pg_trgm schema extensions;
  create extension unaccent schema extensions;
  grant usage on schema library, extensions to music_library_readwrite, music_library_readonly;
  grant usage on schema migrations to music_library_readonly;
  alter default privileges for role music_library_owner in schema migrations
    grant select on tables to music_library_readonly;
  alter default privileges for role music_library_owner revoke execute on functions from public;
  alter default privileges for role music_library_owner in schema library
    grant select, insert, update, delete on tables to music_library_readwrite;
  alter default privileges for role music_library_owner in schema library
    grant usage, select on sequences to music_library_readwrite;
  alter default privileges for role music_library_owner in schema library
    grant select on tables to music_library_readonly;
  alter default privileges for role music_library_owner in schema library
    grant execute on functions to music_library_readwrite, music_library_readonly;`;

/** Makes database, roles and logins without any migration. */
export async function prepareDatabase(cluster: TestCluster): Promise<void> {
  const server = await cluster.connect();
  for (const role of ["music_library_owner", "music_library_readwrite", "music_library_readonly"]) {
    await server.query(`create role ${role} nologin`);
  }
  await server.query(`create database ${testDatabase}`);
  for (const [login, role] of Object.entries(logins)) {
    await server.query(`create role ${login} login password '${testPassword}' in role ${role}`);
    await server.query(`grant connect on database ${testDatabase} to ${login}`);
    await server.query(`alter role ${login} set search_path = library, extensions`);
  }
  await server.end();
  const database = await cluster.connect(testDatabase);
  await database.query(rights);
  await database.end();
}

/** Files of sql/migrations in the order in which they run: `up` from the first, `down` from the last. */
export function migrationFiles(direction: "up" | "down"): string[] {
  const folder = join(sqlFolder, "migrations");
  const files = readdirSync(folder).filter((file) => file.endsWith(`.${direction}.sql`));
  const sorted = files.toSorted().map((file) => join(folder, file));
  return direction === "up" ? sorted : sorted.toReversed();
}

/** Files of sql/seeds in their order. */
export function seedFiles(): string[] {
  const folder = join(sqlFolder, "seeds");
  return readdirSync(folder)
    .toSorted()
    .map((file) => join(folder, file));
}

/** Runs each file as the owner, in a transaction of its own unless its head says otherwise; a failure names the file. */
export async function runFiles(client: pg.Client, files: string[]): Promise<void> {
  for (const file of files) {
    const sql = readFileSync(file, "utf8");
    const outside = sql.startsWith("-- migrator: no-transaction");
    const asOwner = "set role music_library_owner; set search_path = ''";
    try {
      await client.query(outside ? asOwner : `begin; ${asOwner.replaceAll("set ", "set local ")}`);
      await client.query(sql);
      await client.query(outside ? "reset role; reset search_path" : "commit");
    } catch (error) {
      await client.query(outside ? "reset role; reset search_path" : "rollback");
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

/** Database `music_library` with roles, logins (password "test"), all migrations and seeds. */
export async function applySchema(cluster: TestCluster): Promise<void> {
  await prepareDatabase(cluster);
  const client = await cluster.connect(testDatabase, "music_library_migrator", testPassword);
  await runFiles(client, [...migrationFiles("up"), ...seedFiles()]);
  await client.end();
}
