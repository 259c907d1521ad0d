// The proof of a backup over an Admin API that keeps books: a clone is made, checked and always deleted.
import { describe, expect, it } from "@jest/globals";
import { type Send } from "../../commands/prove-backup/clone.ts";
import { proveBackup } from "../../commands/prove-backup/prove.ts";
import type { Row } from "../../commands/verify/report.ts";
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

  readonly send: Send = async (method, path, body) => {
    const what = path.split("/").at(-1) ?? "";
    this.calls.push(`${method} ${path.replace(`/v1/projects/${contract.project}`, "")}`);
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
      return { name: method, status: "PENDING" };
    }
    const instance = this.instances.get(what);
    if (instance === undefined) throw new Error("404: The Cloud SQL instance does not exist.");
    if (method === "GET") return { connectionName: `p:r:${what}` };
    if (method === "PATCH") instance.locked = false;
    if (method === "DELETE" && instance.locked) throw new Error("400: The instance is protected");
    if (method === "DELETE" && !failed) this.instances.delete(what);
    return { name: method, status: "RUNNING" };
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

  it("refuses a server that is reached directly, before anything is made", async () => {
    const api = new AdminApi();
    const direct = { mode: "direct" as const, host: "10.0.0.2", port: 5432, tlsSecret: "projects/p/secrets/t" };
    const args = { pointInTime, send: api.send, check: async () => [passed], say: () => undefined };
    const reached = { ...contract, database: { ...contract.database, connection: direct } };
    await expect(proveBackup({ ...args, contract: reached })).rejects.toThrow("certificates of its own");
    expect(api.calls).toEqual([]);
  });
});
