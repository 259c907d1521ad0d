import { Database, type MusicLibrary } from "../../client/index.ts";
import { type Check, percentile, PromiseBrokenError, timed } from "./check.ts";

/** Together with the service's own pool below max_client_conn of a pooler for 40 requests at once. */
const CLIENTS = 40;
const QUERIES_EACH = 25;

export interface LoadTarget extends Pick<MusicLibrary, "contract"> {
  poolerPassword: string;
}

/** Many clients on few server connections, all of them served: transaction pooling at work, without an error. */
export function loadCheck(target: LoadTarget): Check {
  return { name: "pool under load", run: () => load(target) };
}

async function load({ contract, poolerPassword }: LoadTarget): Promise<string> {
  const database = new Database({
    contract,
    password: poolerPassword,
    applicationName: "music-library-verify",
    maxConnections: CLIENTS,
  });
  const backends = new Set<number>();
  const times: number[] = [];
  const errors: string[] = [];
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
  try {
    await Promise.all(Array.from({ length: CLIENTS }, client));
  } finally {
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
