// A runner in a process of its own, which kills itself with SIGKILL after so many events on the wire (a message written or a
// chunk read), so that tests can stop it at every point. Argument: JSON of ChildJob.
import pg from "pg";
import { baseline, down, loadMigrations, repair, up } from "../../migrator/index.ts";

export interface ChildJob {
  port: number;
  database: string;
  folder: string;
  seedsFolder?: string;
  /** Goes down to this version instead of up. */
  downTo?: string;
  /** Repairs the history for this reason instead. */
  repairFor?: string;
  /** Writes a baseline at this version instead. */
  baselineAt?: string;
  /** Default 60,000. */
  runnerLockTimeoutMs?: number;
  /** Events until SIGKILL; 0 lives on and prints how many there were. */
  killAfter: number;
}

const job = JSON.parse(process.argv[2] ?? "") as ChildJob;
let events = 0;

function count(): void {
  events += 1;
  if (events === job.killAfter) process.kill(process.pid, "SIGKILL");
}

async function connect(): Promise<pg.Client> {
  const { port, database } = job;
  const client = new pg.Client({ host: "127.0.0.1", port, database, user: "migrator", password: "test" });
  await client.connect();
  const { stream } = (client as pg.Client & { connection: { stream: NodeJS.ReadWriteStream } }).connection;
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]): boolean => {
    const written = write(...args);
    count();
    return written;
  };
  stream.prependListener("data", count);
  return client;
}

const { runnerLockTimeoutMs = 60_000 } = job;
const options = { connect, ownerRole: "migration_owner", retryDelayMs: 50, runnerLockTimeoutMs };
const { folder, seedsFolder, downTo, repairFor, baselineAt } = job;
const load = (): ReturnType<typeof loadMigrations> =>
  loadMigrations(seedsFolder === undefined ? { folder } : { folder, seedsFolder });
if (downTo !== undefined) await down(options, downTo);
else if (repairFor !== undefined) await repair(options, await load(), { reason: repairFor });
else if (baselineAt !== undefined) await baseline(options, baselineAt, "a test");
else await up(options, await load());
process.stdout.write(`${String(events)}\n`);
