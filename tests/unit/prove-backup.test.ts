// The proof of a backup over an Admin API that keeps books: a clone is made, checked and always deleted.
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Contract } from "../../client/contract.ts";
import { type Send } from "../../commands/recovery/sql-admin.ts";
import { proveBackup } from "../../commands/prove-backup/prove.ts";
import { accessSecret } from "../../connections/secrets.ts";
import type { Row } from "../../commands/verify/report.ts";
import { LocalPaths } from "../../local/paths.ts";
import { FakeGoogle } from "../support/fake-google.ts";
import { FakePrograms } from "../support/fake-programs.ts";
import { runStep, stepOf } from "../support/workflows.ts";
import { exampleContract } from "../client/contract-example.ts";

const contractExample = exampleContract();
const pointInTime = new Date("2026-11-24T12:00:00.000Z");
const begun = new Date("2026-11-24T12:30:00.000Z");
const name = `${contractExample.database.instance}-proof-261124123000`;
const passed: Row = { promise: "the database answers", passed: true, figure: "1 track" };
const contract = {
  ...contractExample,
  database: { ...contractExample.database, connection: { mode: "cloudSqlConnector" as const } },
};

/** Cloud SQL's Admin API: operations end at the second question, a locked instance cannot be deleted. */
class AdminApi {
  readonly calls: string[] = [];
  readonly instances = new Map<string, { locked: boolean; pointInTime: unknown }>();
  /** Call -> what its operation ends with. */
  readonly failures: Record<string, string> = {};
  /** Operations have ended with the answer that names them. */
  immediate = false;

  readonly send: Send = async (method, path, body) => {
    const what = path.split("/").at(-1) ?? "";
    this.calls.push(`${method} ${path.replace(`/v1/projects/${contract.project}`, "")}`);
    if (what === "getLatestRecoveryTime") return { latestRecoveryTime: pointInTime.toISOString() };
    if (what === "sslCerts") {
      const certInfo = { cert: "its client's" };
      return { serverCaCert: { cert: "its own" }, clientCert: { certInfo, certPrivateKey: "the key" } };
    }
    if (path.includes("/operations/")) return { name: what, status: "DONE", ...this.ending(what) };
    const failed = this.failures[method] !== undefined;
    if (method === "POST") {
      const { cloneContext } = body as { cloneContext: { destinationInstanceName: string; pointInTime: string } };
      if (!failed) {
        this.instances.set(cloneContext.destinationInstanceName, {
          locked: true,
          pointInTime: cloneContext.pointInTime,
        });
      }
      return { name: method, status: this.immediate ? "DONE" : "PENDING" };
    }
    const instance = this.instances.get(what);
    if (instance === undefined) throw new Error("404: The Cloud SQL instance does not exist.");
    if (method === "GET") {
      const ipAddresses = [
        { type: "OUTGOING", ipAddress: "203.0.113.9" },
        { type: "PRIVATE", ipAddress: "10.0.0.7" },
      ];
      return { connectionName: `p:r:${what}`, ipAddresses };
    }
    if (method === "PATCH") instance.locked = false;
    if (method === "DELETE" && instance.locked) throw new Error("400: The instance is protected");
    if (method === "DELETE" && !failed) this.instances.delete(what);
    return { name: method, status: this.immediate ? "DONE" : "RUNNING" };
  };

  private ending(what: string) {
    const code = this.failures[what];
    return code === undefined ? {} : { error: { errors: [{ code }] } };
  }
}

const prove = async (api: AdminApi, check: (seen: typeof contract) => Promise<Row[]> = async () => [passed]) => {
  const said: string[] = [];
  const times = [begun, new Date(begun.getTime() + 754_000)];
  const proof = await proveBackup({
    ...{ contract, pointInTime, send: api.send, pollMs: 1 },
    check: async (seen) => await check(seen as typeof contract),
    say: (line) => said.push(line),
    now: () => times.shift() ?? begun,
  });
  return { proof, said };
};

describe("a proof", () => {
  it("restores the moment asked for, checks the clone instead of its source, and deletes it", async () => {
    const api = new AdminApi();
    const seen: unknown[] = [];
    const { proof, said } = await prove(api, async ({ database, bucket }) => {
      seen.push(database.instance, database.connectionName, bucket.name, api.instances.get(name)?.pointInTime);
      return [passed];
    });
    expect(seen).toEqual([name, `p:r:${name}`, contract.bucket.name, pointInTime.toISOString()]);
    expect(proof).toEqual({
      version: 1,
      clone: name,
      pointInTime: pointInTime.toISOString(),
      recoverySeconds: 754,
      passed: true,
      rows: [passed],
    });
    expect(api.instances.size).toBe(0);
    expect(said.join("\n")).toMatch(/restoring .*\n.*runs after 754 s\n.*deleted/);
    expect(api.calls.filter((call) => !call.includes("operations"))).toEqual([
      `POST /instances/${contract.database.instance}/clone`,
      ...["GET", "PATCH", "DELETE"].map((method) => `${method} /instances/${name}`),
    ]);
  });

  it("fails when a row does, the clone gone all the same", async () => {
    const api = new AdminApi();
    const { proof } = await prove(api, async () => [passed, { ...passed, passed: false }]);
    expect(proof.passed).toBe(false);
    expect(api.instances.size).toBe(0);
  });

  it("raises what went wrong in the check, the clone gone all the same", async () => {
    const api = new AdminApi();
    await expect(prove(api, () => Promise.reject(new Error("no way in")))).rejects.toThrow("no way in");
    expect(api.instances.size).toBe(0);
  });

  it("raises why a clone could not be made", async () => {
    const api = new AdminApi();
    api.failures["POST"] = "POINT_IN_TIME_TOO_OLD";
    await expect(prove(api)).rejects.toThrow("POINT_IN_TIME_TOO_OLD");
  });

  it("fails and says so when the clone stays", async () => {
    const api = new AdminApi();
    api.failures["DELETE"] = "INTERNAL";
    const { proof, said } = await prove(api);
    expect(proof.passed).toBe(false);
    expect(said.at(-1)).toMatch(/could not be deleted .*INTERNAL.*billed/);
  });

  it("touches nothing but the clone", async () => {
    const api = new AdminApi();
    await prove(api);
    const changes = api.calls.filter((call) => /^(PATCH|DELETE)/.test(call));
    expect(changes.every((call) => call.endsWith(`/${name}`))).toBe(true);
  });

  it("reaches a server without a connector at the clone's own address, with certificates of the clone's own", async () => {
    const api = new AdminApi();
    const direct = { mode: "direct" as const, host: "10.0.0.2", port: 5432, tlsSecret: "projects/p/secrets/t" };
    const reached = { ...contract, database: { ...contract.database, connection: direct } };
    const seen: unknown[] = [];
    const check = async ({ database }: Contract) => {
      if (database.connection.mode !== "direct") throw new Error("not direct");
      const { host, port, tlsSecret } = database.connection;
      seen.push(host, port, JSON.parse(await accessSecret(tlsSecret, "")));
      return [passed];
    };
    const proof = await proveBackup({
      ...{ contract: reached, pointInTime, send: api.send, pollMs: 1 },
      ...{ check, say: () => undefined },
    });
    expect(seen).toEqual([
      ...["10.0.0.7", 5432],
      { serverCa: "its own", clientCert: "its client's", clientKey: "the key" },
    ]);
    expect(proof.passed).toBe(true);
    expect(api.instances.size).toBe(0);
  });

  it("restores the newest moment there is where none is named", async () => {
    const api = new AdminApi();
    const proof = await proveBackup({
      ...{ contract, send: api.send, pollMs: 1 },
      ...{ check: async () => [passed], say: () => undefined },
    });
    expect(proof.pointInTime).toBe(pointInTime.toISOString());
    expect(api.calls[0]).toBe(`GET /instances/${contract.database.instance}/getLatestRecoveryTime`);
  });
});

describe("the workflow's step", () => {
  const folder = mkdtempSync(join(new LocalPaths().folder("tests"), "proof-"));
  const google = new FakeGoogle();
  const api = new AdminApi();
  api.immediate = true;
  const admin = createServer((request, response) => {
    void answered(request).then(({ status, value }) => response.writeHead(status, json).end(JSON.stringify(value)));
  });
  const json = { "content-type": "application/json" };
  const answered = async (request: IncomingMessage): Promise<{ status: number; value: unknown }> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
    try {
      const method = request.method as Parameters<Send>[0];
      return { status: 200, value: await api.send(method, request.url ?? "", body) };
    } catch (error) {
      return { status: 404, value: { error: { message: String(error) } } };
    }
  };

  beforeAll(async () => {
    await google.start();
    admin.listen(0, "127.0.0.1");
    await once(admin, "listening");
    const { port } = admin.address() as AddressInfo;
    const endpoints = { ...contract.endpoints, management: `http://127.0.0.1:${port}`, secretManager: google.endpoint };
    // A state as the engine keeps it, of a stack that has a contract and nothing else.
    const urn = "urn:pulumi:prod::music-library::pulumi:pulumi:Stack::music-library-prod";
    const { verifier } = contract.database.logins;
    const passwordSecrets = { [verifier]: "projects/p/secrets/verifier" };
    const database = { ...contract.database, passwordSecrets };
    const outputs = { contract: { ...contract, database, endpoints }, serviceUri: "https://tracks.example.org" };
    const manifest = { time: begun.toISOString(), magic: "", version: "" };
    const latest = { manifest, resources: [{ urn, custom: false, type: "pulumi:pulumi:Stack", outputs }] };
    const stacks = join(folder, ".pulumi", "stacks", "music-library");
    mkdirSync(stacks, { recursive: true });
    writeFileSync(join(folder, ".pulumi", "meta.yaml"), "version: 1\n");
    const checkpoint = { stack: "organization/music-library/prod", latest };
    writeFileSync(join(stacks, "prod.json"), JSON.stringify({ version: 3, checkpoint }));
  });

  afterAll(async () => {
    await google.stop();
    admin.closeAllConnections();
    admin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("clones, looks into the clone, deletes it, says what failed and fails with it", async () => {
    const programs = new FakePrograms(join(folder, "programs"), []);
    const summary = join(folder, "summary");
    const { code, output } = await runStep(stepOf("backup-proof.yml", "prove", "Restore, verify, delete"), {
      ...{ PATH: programs.path, GITHUB_STEP_SUMMARY: summary, GOOGLE_CLOUD_PROJECT: "p" },
      ...{ PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "of a test" },
    });
    expect(output).toMatch(/clone \S+-proof-\d{12}: runs after \d+ s\n.*deleted/);
    expect(api.calls.map((call) => call.split(" ")[0])).toEqual(["GET", "POST", "GET", "GET", "PATCH", "DELETE"]);
    expect(api.instances.size).toBe(0);
    // Nothing of the database answers here: the proof must not pass.
    expect(readFileSync(summary, "utf8")).toMatch(/the database answers and has its schema +│ FAILED/);
    expect(readFileSync(summary, "utf8")).toMatch(/recovery: \d+ s to .*Z, FAILED\n$/);
    expect(code).toBe(1);
  }, 60_000);
});
