// One contestant of the migrator's benchmark in a process of its own, so that none warms up for another. Argument: JSON with
// tool, folder, connection and how often to repeat it. Prints JSON: median milliseconds without the process's start, megabytes at the peak.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

const { tool, folder, connection, repeats } = JSON.parse(process.argv[2]);

async function connect() {
  const client = new pg.Client(connection);
  await client.connect();
  return client;
}

/** What there is to beat: one message a file with its record, and nothing else. */
async function rawPg() {
  const client = await connect();
  await client.query(
    "CREATE TABLE raw_history (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".up.sql"))
    .sort();
  for (const [index, file] of files.entries()) {
    const sql = readFileSync(join(folder, file), "utf8");
    await client.query(`BEGIN; ${sql}; INSERT INTO raw_history (version) VALUES (${index + 1}); COMMIT`);
  }
  await client.end();
}

/** Every tool loads its code first; only the work counts. */
const tools = {
  rawPg: async () => rawPg,
  engine: async () => {
    const { loadMigrations, up } = await import("../migrator/index.ts");
    return async () => up({ connect }, await loadMigrations({ folder }));
  },
  noOp: async () => {
    const { upToDate } = await import("../migrator/index.ts");
    return async () => {
      if ((await upToDate({ connect }, { folder })) === null) throw new Error("something was pending");
    };
  },
  plan: async () => {
    const { loadMigrations, status } = await import("../migrator/index.ts");
    const { linter } = await import("../lint/lint.ts");
    return async () => status({ connect }, await loadMigrations({ folder, linter: linter("all") }));
  },
  nodePgMigrate: async () => {
    const { runner } = await import("node-pg-migrate");
    const logger = { debug() {}, info() {}, warn() {}, error: console.error };
    const options = { databaseUrl: connection, dir: folder, direction: "up", migrationsTable: "pgmigrations", logger };
    return () => runner(options);
  },
};

const work = await tools[tool]();
const times = [];
for (let time = 0; time < repeats; time += 1) {
  const began = performance.now();
  await work();
  times.push(performance.now() - began);
}
const ms = times.sort((left, right) => left - right)[Math.floor(repeats / 2)];
process.stdout.write(JSON.stringify({ ms, megabytes: process.resourceUsage().maxRSS / 1024 }));
