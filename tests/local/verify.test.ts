// The acceptance test accepts a stack as declared, and sees each of its promises broken: real stack, real commands.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import type { Contract } from "../../client/contract.ts";
import { stopDaemon } from "../../local/control.ts";
import { adminOptions } from "../../local/postgres/admin.ts";
import { writeFileAtomically, type StoredResource } from "../../local/store.ts";
import { describeDelivery } from "../support/delivered-stack.ts";
import { LocalStack } from "../support/local-stack.ts";

interface Report {
  version: number;
  stack: string;
  passed: boolean;
  page: string;
  rows: { promise: string; passed: boolean; figure: string }[];
  withoutEffect: Record<"whole" | "inPart", Record<string, string>>;
}

const minutes = 60_000;

describe("verify", () => {
  const stack = new LocalStack();
  let contract: Contract;

  const sql = async (text: string, database = "music_library"): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client(adminOptions(stack.paths, database));
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const report = async (): Promise<{ code: number | null; report: Report }> => {
    const { code, output } = await stack.run("verify", ["--json"]);
    return { code, report: JSON.parse(output.slice(output.indexOf("{"))) as Report };
  };
  const resources = () => join(stack.paths.root, "cloud", "resources");
  /** What the local cloud believes to be declared, changed behind the engine's back; it is read when the daemon comes up. */
  const stored = (
    type: string,
    matches: (resource: StoredResource) => boolean = () => true,
  ): [string, StoredResource] => {
    const files = readdirSync(resources()).map((name) => join(resources(), name));
    const all = files.map((file) => [file, JSON.parse(readFileSync(file, "utf8")) as StoredResource] as const);
    const [file = "", resource] = all.find(([, found]) => found.type === type && matches(found)) ?? [];
    if (resource === undefined) throw new Error(`no ${type}`);
    return [file, resource];
  };
  const change = (type: string, edit: (text: string) => string, matches?: (resource: StoredResource) => boolean) => {
    const [file, resource] = stored(type, matches);
    const text = JSON.stringify(resource, null, 1);
    const edited = edit(text);
    expect(edited).not.toBe(text);
    writeFileAtomically(file, edited);
  };

  beforeAll(async () => {
    const { code, output } = await stack.run("start");
    if (code !== 0) throw new Error(output);
    contract = JSON.parse((await stack.run("contract")).output) as Contract;
  }, 5 * minutes);

  afterAll(async () => {
    await stack.remove();
  }, minutes);

  it(
    "passes on the stack as declared, for machines too, says what has no effect here, and leaves nothing behind",
    async () => {
      const objects = () => stack.textBelow("cloud", "buckets", contract.bucket.name).length;
      const rows = () => sql("select count(*) from library.audio_tracks");
      const before = [objects(), await rows()];
      const { code, report: found } = await report();
      expect(found.rows.filter(({ passed }) => !passed)).toEqual([]);
      expect(found).toMatchObject({ version: 1, stack: "local", passed: true });
      expect(Object.keys(found.withoutEffect.whole).sort()).toEqual([
        "gcp:artifactregistry/repository:Repository",
        "gcp:logging/metric:Metric",
        "gcp:monitoring/alertPolicy:AlertPolicy",
        "gcp:monitoring/dashboard:Dashboard",
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
        "gcp:projects/service:Service",
      ]);
      expect(Object.keys(found.withoutEffect.inPart).sort()).toEqual([
        ...["gcp:cloudrunv2/job:Job", "gcp:cloudrunv2/service:Service", "gcp:sql/databaseInstance:DatabaseInstance"],
      ]);
      expect(code).toBe(0);
      expect([objects(), await rows()]).toEqual(before);
      // Four searches of ten, and twenty questions through the pooler: each a dot.
      const page = readFileSync(found.page, "utf8");
      expect(page.match(/<circle/g)).toHaveLength(60);
      expect(page.match(/<svg/g)).toHaveLength(4);
      expect(page).toMatch(/Up to [1-9]\d* server connections open, and up to [1-9]\d* clients waiting/);
    },
    minutes,
  );

  describeDelivery({ stack, sql });

  it(
    "fails each row whose promise is broken, and no other, with exit code 1",
    async () => {
      await breakTheDatabase();
      await breakTheBucket();
      await breakTheDeclared();
      const { code, report: found } = await report();
      const failed = Object.fromEntries(
        found.rows.filter(({ passed }) => !passed).map(({ promise, figure }) => [promise, figure]),
      );
      expect(failed).toEqual({
        "migrations are complete and unedited": expect.stringContaining("V0003"),
        "full-text search finds tracks in time": expect.stringMatching(/slowest answer \d+ ms .*at most 200 ms/),
        "fuzzy search finds a misspelt artist in time": expect.stringContaining("does not find the artist"),
        "PUBLIC has nothing": "PUBLIC holds CREATE on schema extensions",
        "a connection without TLS is refused": "the server let it in",
        "a connection without a client certificate is refused where one is required": "the server let it in",
        "running flags equal the declared ones": expect.stringMatching(/^work_mem: declared \d+, running 1024$/),
        "backups and point-in-time recovery are on": "point-in-time recovery is off",
        "no address is open, TLS is required": "authorised networks: 0.0.0.0/0",
        "lifecycle rules are applied": "no rule deletes temp/ after one day",
        "lifecycle rules have their effect": expect.stringContaining("an object in temp/ is still billed"),
        "the bucket is private and undeletes": "versioning is off",
        "browsers may stream and upload (CORS)": "CORS lacks range, content-type",
        "the track service refuses strangers": "a stranger is answered with 200",
        "full-text search": expect.stringContaining("at most 200 ms"),
        "fuzzy search": expect.stringContaining("the planted track is not among the results"),
        "bucket denial": expect.stringContaining("holds storage.buckets.update"),
        "service account's rights": expect.stringContaining("lacks logging.logEntries.create"),
        "service account's limits": expect.stringMatching(
          /holds storage.buckets.create on .*cloudsql.instances.delete/,
        ),
      });
      expect(found.passed).toBe(false);
      expect(code).toBe(1);
    },
    2 * minutes,
  );

  async function breakTheDatabase(): Promise<void> {
    await sql("alter system set work_mem = '1MB'", "postgres");
    await sql("grant create on schema extensions to public");
    await sql(
      "insert into migrations.migration_event (run_id, kind, version, script, installed_rank, sha256) select gen_random_uuid(), 'repaired', version, script, installed_rank, repeat('0', 64) from migrations.schema_history where version = '0003'",
    );
    // One search that dawdles, one that finds nothing.
    for (const [name, statement] of Object.entries({
      search_tracks: "perform pg_sleep(0.25);",
      fuzzy_tracks: "return;",
    })) {
      const [{ definition = "" } = {}] = (await sql(
        `select pg_get_functiondef('library.${name}'::regproc) as definition`,
      )) as { definition?: string }[];
      await sql(definition.replace("\nbegin\n", `\nbegin\n${statement}\n`));
    }
    const [{ hba_file = "" } = {}] = (await sql("show hba_file")) as { hba_file?: string }[];
    writeFileSync(hba_file, `host all all 127.0.0.1/32 scram-sha-256\n${readFileSync(hba_file, "utf8")}`);
    await sql("select pg_reload_conf()");
  }

  async function breakTheBucket(): Promise<void> {
    const exchange = await fetch(`${contract.endpoints.iamCredentials}/sts/v1/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: readFileSync(stack.paths.at("operator", "subject-token"), "utf8"),
      }),
    });
    const { access_token: token } = (await exchange.json()) as { access_token: string };
    const { status } = await fetch(`${contract.endpoints.storage}/storage/v1/b/${contract.bucket.name}`, {
      method: "PATCH",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ cors: [], lifecycle: { rule: [] }, versioning: { enabled: false } }),
    });
    expect(status).toBe(200);
  }

  async function breakTheDeclared(): Promise<void> {
    await stopDaemon(stack.paths);
    const member = "gcp:projects/iAMMember:IAMMember";
    const grant = (role: string) => (resource: StoredResource) => resource.inputs["role"] === role;
    change(
      member,
      (text) => text.replaceAll("roles/logging.logWriter", "roles/storage.admin"),
      grant("roles/logging.logWriter"),
    );
    // The operators have the same role; and the condition would keep the administrator to this one instance.
    change(
      member,
      (text) => {
        const resource = JSON.parse(text) as StoredResource;
        for (const values of [resource.inputs, resource.outputs]) {
          values["role"] = "roles/cloudsql.admin";
          delete values["condition"];
        }
        return JSON.stringify(resource, null, 1);
      },
      (resource) =>
        grant("roles/cloudsql.client")(resource) &&
        resource.inputs["member"] === `serviceAccount:${contract.serviceAccount.email}`,
    );
    change("gcp:sql/databaseInstance:DatabaseInstance", (text) =>
      text
        .replaceAll('"pointInTimeRecoveryEnabled": true', '"pointInTimeRecoveryEnabled": false')
        .replaceAll(
          '"ipConfiguration": {',
          '"ipConfiguration": { "authorizedNetworks": [{ "name": "all", "value": "0.0.0.0/0" }],',
        ),
    );
    change("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", (text) =>
      text.replaceAll(/"(user|group|serviceAccount):[^"]*"/g, '"allUsers"'),
    );
  }
});
