import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Pooler, poolSize, startPooler } from "./pooler-setup.ts";
import { type ServiceSetup, startService } from "./service-setup.ts";

interface Row {
  name: string;
  passed: boolean;
  figure: string;
  problem?: string;
}

let service: ServiceSetup;
let pooler: Pooler;

beforeAll(async () => {
  service = await startService();
  pooler = await startPooler(service.cluster);
}, 60_000);

afterAll(async () => {
  await pooler.stop();
  await service.close();
});

async function verify(databasePort: number): Promise<Row[]> {
  const { server } = await service.serviceAt(databasePort);
  const response = await server.inject({ method: "POST", url: "/internal/verify", payload: {} });
  expect(response.statusCode).toBe(200);
  const { rows, passed } = response.json<{ rows: Row[]; passed: boolean }>();
  expect(passed).toBe(rows.every((row) => row.passed));
  return rows;
}

const broken = (rows: Row[]) => rows.filter(({ passed }) => !passed).map(({ name }) => name);

async function permit(permissions: (held: string[]) => string[], work: () => Promise<void>): Promise<void> {
  const { grants } = service.storage.access;
  const before = [...grants];
  for (const [member, held] of before) grants.set(member, permissions(held));
  try {
    await work();
  } finally {
    for (const [member, held] of before) grants.set(member, held);
  }
}

describe("the service's own acceptance test", () => {
  it("passes through a pooler, and says what it saw", async () => {
    const rows = await verify(pooler.port);
    expect(rows.filter(({ passed }) => !passed)).toEqual([]);
    expect(rows.map(({ name }) => name)).toEqual([
      ...["database through the pooler", "application's rights in the database", "full-text search", "fuzzy search"],
      ...["bucket access", "bucket denial", "signed URL works", "signed URL expires"],
      ...["signed upload is bound to type and size", "service account's rights", "service account's limits"],
      "pool under load",
    ]);
    const connections = Number(/on (\d+) server connections/.exec(rows.at(-1)?.figure ?? "")?.[1]);
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(poolSize);
  }, 30_000);

  it("leaves nothing behind, neither in the database nor in the bucket", async () => {
    const { library, storage, cluster } = service;
    await verify(pooler.port);
    const bucket = storage.client.bucket(library.contract.bucket.name);
    const [versions] = await bucket.getFiles({ versions: true });
    expect(versions.map(({ name }) => name)).toEqual([]);
    const client = await cluster.connect("music_library");
    const { rows } = await client.query(
      "select (select count(*) from library.audio_tracks) + (select count(*) from library.track_events) as rows",
    );
    await client.end();
    expect(rows).toEqual([{ rows: "0" }]);
  }, 30_000);

  it("notices that there is no pooler", async () => {
    expect(broken(await verify(service.cluster.port))).toEqual(["pool under load"]);
  }, 30_000);

  it("notices a right on the bucket that is missing", async () => {
    const without = (held: string[]) => held.filter((permission) => permission !== "storage.objects.delete");
    await permit(without, async () => {
      expect(broken(await verify(pooler.port))).toContain("bucket access");
    });
  }, 30_000);

  it("notices a right on the bucket that is too much", async () => {
    await permit(
      (held) => [...held, "storage.buckets.setIamPolicy"],
      async () => {
        expect(broken(await verify(pooler.port))).toEqual(["bucket denial"]);
      },
    );
  }, 30_000);

  it.each([
    ["projects/loist-music-library-local", "storage.buckets.delete"],
    ["projects/loist-music-library-local", "cloudsql.instances.delete"],
    ["projects/loist-music-library-local", "cloudsql.instances.connect"],
    ["projects/loist-music-library-local", "iam.serviceAccountKeys.create"],
    ["projects/loist-music-library-local/secrets/user-password", "secretmanager.versions.access"],
  ])(
    "notices a right on %s that is too much: %s",
    async (resource, permission) => {
      const before = service.rights.get(resource) ?? [];
      service.rights.set(resource, [...before, permission]);
      const rows = await verify(pooler.port);
      service.rights.set(resource, before);
      expect(broken(rows)).toEqual(["service account's limits"]);
      expect(rows.find(({ passed }) => !passed)?.problem).toContain(`holds ${permission} on ${resource}`);
    },
    30_000,
  );

  it("notices that the account may no longer sign or write logs", async () => {
    const kept = new Map(service.rights);
    service.rights.set("projects/loist-music-library-local", []);
    service.rights.delete([...kept.keys()][1] ?? "");
    const rows = await verify(pooler.port);
    for (const [resource, held] of kept) service.rights.set(resource, held);
    expect(broken(rows)).toEqual(["service account's rights"]);
    expect(rows.find(({ passed }) => !passed)?.problem).toContain(
      "lacks logging.logEntries.create on projects/loist-music-library-local, monitoring.timeSeries.create on projects/loist-music-library-local, iam.serviceAccounts.signBlob on itself",
    );
  }, 30_000);

  it("notices rights in the database that are too much, and search that is gone", async () => {
    const client = await service.cluster.connect("music_library");
    await client.query("grant create on schema library to music_library_readwrite");
    await client.query("alter function library.fuzzy_tracks rename to fuzzy_tracks_elsewhere");
    const found = broken(await verify(pooler.port));
    await client.query("alter function library.fuzzy_tracks_elsewhere rename to fuzzy_tracks");
    await client.query("revoke create on schema library from music_library_readwrite");
    await client.end();
    expect(found).toEqual(["application's rights in the database", "fuzzy search"]);
  }, 30_000);
});
