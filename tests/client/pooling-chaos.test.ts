// What may happen to a pool under load, on a small scale: nothing that was acknowledged is lost, errors say that a later try may
// succeed, and it goes on within seconds. `npm run bench -- pooling` does the same with a thousand clients.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Database } from "../../client/index.ts";
import { LedgerLoad } from "../support/ledger-load.ts";
import { startCluster, type TestCluster } from "../support/postgres.ts";
import { applySchema, testPassword } from "../support/schema.ts";
import { exampleContract } from "./contract-example.ts";
import { type Pooler, startPooler } from "./pooler-setup.ts";

let cluster: TestCluster;
let pooler: Pooler;
let database: Database;

beforeAll(async () => {
  // What is acknowledged must outlive a crash: with the settings that PostgreSQL comes with.
  cluster = await startCluster({ fsync: "on" });
  await applySchema(cluster);
  pooler = await startPooler(cluster);
  const contract = exampleContract();
  contract.database.pooler.port = pooler.port;
  database = new Database({ contract, password: testPassword, applicationName: "chaos", maxConnections: 40 });
}, 60_000);

afterAll(async () => {
  await database.close();
  await pooler.stop();
  await cluster.remove();
});

async function migrate(text: string): Promise<void> {
  const client = await cluster.connect("music_library", "music_library_migrator", testPassword);
  await client.query(`set role music_library_owner; set lock_timeout = '5s'; ${text}`);
  await client.end();
}

const events: [name: string, event: () => Promise<void> | void][] = [
  [
    "PostgreSQL is killed and started again",
    async () => {
      await cluster.stop("kill");
      await cluster.start();
    },
  ],
  ["PgBouncer is ended and started again", () => pooler.restart()],
  [
    "the credential is rotated",
    async () => {
      pooler.useLogin("music_library_user_b");
      // Until the old one is of no use to anybody, as after a rotation.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const admin = await cluster.connect();
      await admin.query("alter role music_library_user nologin");
      await admin.end();
    },
  ],
  ["a migration is applied", () => migrate("alter table library.audio_tracks add column if not exists mood text")],
];

describe("under load", () => {
  it.each(events)(
    "%s: no committed write is lost, and it goes on within 5 s",
    async (_name, event) => {
      const load = new LedgerLoad(database, {
        clients: 40,
        writeShare: 0.5,
        queries: ["ledger", "writers", "nothing"],
      });
      await load.recovery();
      await event();
      const recoveryMs = await load.recovery();
      const outcome = await load.stop();
      const admin = await cluster.connect("music_library");
      const lost = await load.lost(admin);
      await admin.end();
      expect({ lost, broken: outcome.broken }).toEqual({ lost: 0, broken: [] });
      expect(outcome.writes).toBeGreaterThan(0);
      expect(recoveryMs).toBeLessThan(5_000);
    },
    60_000,
  );
});
