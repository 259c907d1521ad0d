import { beforeAll, describe, expect, it } from "@jest/globals";
import { parseContract } from "../../client/contract.ts";
import { contractPromise } from "../../components/contract-promise.ts";
import { type Recording } from "../support/pulumi-mocks.ts";
import { generatedPassword } from "../support/mocked-outputs.ts";
import { recordStack } from "../support/stack-recording.ts";

let prod: Recording;
let local: Recording;
beforeAll(async () => {
  prod = await recordStack("prod");
  local = await recordStack("local", { "music-library:storageEndpoint": "http://127.0.0.1:4443" });
}, 60_000);

describe("the contract", () => {
  it.each([
    ["prod", () => prod],
    ["local", () => local],
  ] as const)("of %s is what the client reads, whole", (_stack, recording) => {
    const { contract } = recording().outputs;

    expect(parseContract(JSON.stringify(contract))).toEqual(contract);
  });

  it("has no field that is not promised: what is added to it, contract-promise.ts promises", async () => {
    const delivering = await recordStack("prod", { "music-library:contentDomain": "audio.loist.io" });
    const found = [prod, local, delivering].flatMap(({ outputs }) => fieldsOf(outputs.contract));
    const promised = Object.keys(contractPromise.fields);
    expect([...new Set(found)].sort()).toEqual(promised.sort());
    expect(prod.outputs.contract).toMatchObject({ version: contractPromise.version });
  });

  it("names where applications and operators connect", () => {
    expect(prod.outputs.contract).toMatchObject({
      database: {
        connectionName: "loist-music-library:us-central1:loist-music-library-db",
        user: "music_library_user",
        pooler: {
          host: "127.0.0.1",
          port: 6432,
          user: "music_library",
          passwordSecret: "projects/loist-music-library/secrets/loist-music-library-pooler-password",
        },
        connection: { mode: "cloudSqlConnector" },
      },
    });
    expect(local.outputs.contract).toMatchObject({
      database: {
        connection: {
          mode: "direct",
          host: "203.0.113.7",
          port: 5432,
          tlsSecret: "projects/loist-music-library-local/secrets/loist-music-library-database-tls",
        },
      },
      endpoints: { storage: "http://127.0.0.1:4443", iamCredentials: "", secretManager: "" },
    });
  });

  it("names the replicas with the way to each, in the order of promotion", async () => {
    const readReplicas = [{ name: "a" }, { name: "b", source: "a", port: 5434 }];
    const dev = await recordStack("dev", { "music-library:readReplicas": readReplicas });
    const here = await recordStack("local", { "music-library:readReplicas": readReplicas });

    const instance = (name: string) => `loist-music-library-db-${name}`;
    const common = (project: string, name: string) => ({
      instance: instance(name),
      connectionName: `${project}:us-central1:${instance(name)}`,
    });
    expect(dev.outputs.contract).toMatchObject({
      database: {
        replicas: ["a", "b"].map((name) => ({
          ...common("loist-music-library-dev", name),
          connection: { mode: "cloudSqlConnector" },
        })),
      },
    });
    const secret = "projects/loist-music-library-local/secrets/loist-music-library-database-tls";
    const direct = (name: string, port: number) => ({
      ...common("loist-music-library-local", name),
      connection: { mode: "direct", host: "203.0.113.7", port, tlsSecret: `${secret}-${name}` },
    });
    const replicas = [direct("a", 5432), direct("b", 5434)];
    expect(here.outputs.contract).toMatchObject({ database: { replicas } });
    expect(parseContract(JSON.stringify(here.outputs.contract))).toEqual(here.outputs.contract);
    // Whoever operates the stack may look into a replica as into the primary.
    const operator = "user:operator@music-library.local";
    const granted = here.find("SecretIamMember", `access-instance-replica-a-tls-${operator}`).inputs;
    expect(granted).toMatchObject({ secretId: "loist-music-library-database-tls-a", member: operator });
    const client = here.find("IAMMember", `access-roles/cloudsql.client-${instance("b")}-${operator}`).inputs;
    expect(client).toMatchObject({
      condition: { expression: expect.stringContaining(`/instances/${instance("b")}"`) as unknown },
    });
    // The certificates themselves stand in a secret and nowhere else.
    expect(JSON.stringify(here.outputs.contract)).not.toContain("BEGIN");
  }, 30_000);

  it("follows the active login", async () => {
    const rotated = await recordStack("dev", { "music-library:activeLogin": "music_library_user_b" });

    expect(rotated.outputs.contract).toMatchObject({ database: { user: "music_library_user_b" } });
    const ini = rotated.find("SecretVersion", "pooler-config-version").revealed.secretData;
    expect(ini).toContain(generatedPassword("logins-music_library_user_b-value"));
  });

  it("tells every consumer its share, which the budget and the logins' limits count", async () => {
    const shared = await recordStack("dev", { "music-library:connectionShares": { "music-player": 5 } });

    const share = { poolSize: 3, reservePoolSize: 1, maxDbConnections: 4 };
    expect(shared.outputs.contract).toMatchObject({
      database: {
        connectionShares: { tracks: { maxInstances: 5, ...share }, "music-player": { maxInstances: 5, ...share } },
      },
    });
    const limits = shared.find("RoleSettings", "logins-settings").inputs.connectionLimits;
    expect(limits).toMatchObject({ music_library_user: 20 * 4 });
    const ini = shared.find("SecretVersion", "pooler-config-version").revealed.secretData;
    expect(ini).toContain("default_pool_size = 3");
  });
});

/** Paths of a contract's fields; names that differ from stack to stack are `*`. */
function fieldsOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  const byName = ["database.passwordSecrets", "database.connectionShares"].includes(path);
  return Object.entries(value).flatMap(([key, inner]) =>
    fieldsOf(inner, [path, byName ? "*" : key].filter((part) => part !== "").join(".")),
  );
}
