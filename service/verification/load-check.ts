import { setTimeout as sleep } from "node:timers/promises";
import { Database, type MusicLibrary } from "../../client/index.ts";
import { PoolerConsole } from "../pooler-statistics.ts";
import { type Check, type Measurements, percentile, type PoolOccupancy, PromiseBrokenError, timed } from "./check.ts";

/** Together with the service's own pool below max_client_conn of a pooler for 40 requests at once. */
const CLIENTS = 40;
const QUERIES_EACH = 25;
/** Between two looks at the pooler. */
const LOOK_MS = 10;

export interface LoadTarget extends Pick<MusicLibrary, "contract"> {
  poolerPassword: string;
}

/** Many clients on few server connections, all of them served: transaction pooling at work, without an error. */
export function loadCheck(target: LoadTarget): Check {
  return { name: "pool under load", run: (measured) => load(target, measured) };
}

async function load({ contract, poolerPassword }: LoadTarget, measured: Measurements): Promise<string> {
  const database = new Database({
    contract,
    password: poolerPassword,
    applicationName: "music-library-verify",
    maxConnections: CLIENTS,
  });
  const backends = new Set<number>();
  const times: number[] = [];
  const errors: string[] = [];
  measured.latenciesMs = times;
  const statement = { name: "verify_load", text: "select pg_backend_pid() as pid, pg_sleep(0.002)::text", values: [] };
  const client = async () => {
    for (let turn = 0; turn < QUERIES_EACH; turn += 1) {
      const query = async () => {
        for (const { pid } of await database.query<{ pid: number }>(statement)) backends.add(pid);
      };
      await timed(query).then(
        (ms) => times.push(ms),
        (error: unknown) => errors.push(error instanceof Error ? error.message : String(error)),
      );
    }
  };
  const looks = await Looks.begin({ contract, poolerPassword });
  try {
    await Promise.all(Array.from({ length: CLIENTS }, client));
  } finally {
    measured.occupancy = await looks.end();
    await database.close();
  }
  if (errors.length > 0) {
    throw new PromiseBrokenError("pooler", `${String(errors.length)} errors, first: ${errors[0] ?? ""}`, "no errors");
  }
  // The pooler's own limits are not for applications to read: what counts is that many clients share few connections.
  if (backends.size > CLIENTS / 2) {
    throw new PromiseBrokenError(
      "pooler",
      `${String(backends.size)} server connections`,
      `at most ${String(CLIENTS / 2)}`,
    );
  }
  return (
    `${String(CLIENTS)} clients on ${String(backends.size)} server connections, ${String(times.length)} queries, ` +
    `0 errors, p99 ${percentile(times, 0.99).toFixed(0)} ms`
  );
}

/** The pooler's own count, taken again and again while the clients work. */
class Looks {
  readonly #console: PoolerConsole | undefined;
  readonly #seen: PoolOccupancy[] = [];
  #isOver = false;
  #looking: Promise<void>;

  private constructor(console: PoolerConsole | undefined) {
    this.#console = console;
    this.#looking = this.#look();
  }

  static async begin({ contract, poolerPassword }: LoadTarget): Promise<Looks> {
    return new Looks(await PoolerConsole.open(contract, poolerPassword));
  }

  async end(): Promise<PoolOccupancy[]> {
    this.#isOver = true;
    await this.#looking;
    await this.#console?.close();
    return this.#seen;
  }

  async #look(): Promise<void> {
    const began = performance.now();
    while (!this.#isOver) {
      const pools = await this.#console?.pools();
      if (pools === undefined) return;
      const { serversActive, serversIdle, clientsActive, clientsWaiting } = pools;
      const atMs = Math.round(performance.now() - began);
      this.#seen.push({ atMs, serversActive, serversIdle, clientsActive, clientsWaiting });
      await sleep(LOOK_MS);
    }
  }
}
