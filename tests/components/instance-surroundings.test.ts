// What is configured around the instance: its network, its key, its replicas.
import { describe, expect, it } from "@jest/globals";
import { PostgresInstance, type PostgresInstanceArgs } from "../../components/postgres-instance.ts";
import { instanceArgs, labels } from "../support/database-components.ts";
import { type Recording, recordProgram } from "../support/pulumi-mocks.ts";

async function record(overrides: Partial<PostgresInstanceArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    const instance = new PostgresInstance("instance", instanceArgs(overrides), { protect: true });
    return { network: instance.network ?? "", replicas: instance.replicas };
  });
}

const primary = (recording: Recording) => recording.find("DatabaseInstance", "instance-server");
const network = "projects/music-project/global/networks/loist-music-library-network";

describe("a private network of the stack's own", () => {
  it("is a network, a subnetwork, a range for Google and the peering, each after the one before", async () => {
    const recording = await record({ privateNetwork: "own", connectionMode: "direct" });

    expect(recording.find("Network", "instance-private-network").inputs).toEqual({
      name: "loist-music-library-network",
      autoCreateSubnetworks: false,
      deletionPolicy: "ABANDON",
    });
    expect(recording.find("Subnetwork", "instance-private-subnetwork").inputs).toEqual({
      name: "loist-music-library-network",
      network,
      region: "us-central1",
      ipCidrRange: "10.64.0.0/21",
      privateIpGoogleAccess: true,
      deletionPolicy: "ABANDON",
    });
    expect(recording.find("GlobalAddress", "instance-private-google-range").inputs).toEqual({
      name: "loist-music-library-network-google",
      network,
      purpose: "VPC_PEERING",
      addressType: "INTERNAL",
      address: "10.64.8.0",
      prefixLength: 21,
      deletionPolicy: "ABANDON",
    });
    expect(recording.find("Connection", "instance-private-google").inputs).toEqual({
      network,
      service: "servicenetworking.googleapis.com",
      reservedPeeringRanges: ["loist-music-library-network-google"],
      deletionPolicy: "ABANDON",
    });
    expect(recording.find("Connection", "instance-private-google").dependsOn).toEqual(
      expect.arrayContaining(["instance-private-network", "instance-private-google-range"]),
    );
  });

  it("is where the instance has its only address, after the peering that no property refers to", async () => {
    const recording = await record({ privateNetwork: "own", connectionMode: "direct" });

    expect(primary(recording).inputs.settings).toMatchObject({
      connectorEnforcement: "NOT_REQUIRED",
      ipConfiguration: {
        ipv4Enabled: false,
        privateNetwork: network,
        allocatedIpRange: "loist-music-library-network-google",
      },
    });
    expect(primary(recording).dependsOn).toContain("instance-private-google");
    const subnetwork = "projects/music-project/regions/us-central1/subnetworks/loist-music-library-network";
    expect(recording.outputs.network).toEqual({ network, subnetwork });
  });

  it("is not made where a network is given or none is wanted", async () => {
    const given = "projects/music-project/global/networks/shared";
    const recording = await record({ privateNetwork: given, connectionMode: "direct" });

    expect(recording.ofType("Network")).toEqual([]);
    expect(primary(recording).inputs.settings).toMatchObject({
      ipConfiguration: { ipv4Enabled: false, privateNetwork: given },
    });
    expect(recording.outputs.network).toEqual({ network: given });
    expect((await record()).outputs.network).toBe("");
  });
});

describe("a key of the stack's own", () => {
  const key = "projects/music-project/locations/us-central1/keyRings/loist-music-library-keys/cryptoKeys/library";

  it("stands in the instance's region, is renewed every 90 days and is never destroyed", async () => {
    const recording = await record({ encryptionKey: "own" });

    expect(recording.find("KeyRing", "instance-encryption-ring").inputs).toEqual({
      name: "loist-music-library-keys",
      location: "us-central1",
    });
    expect(recording.find("CryptoKey", "instance-encryption-key")).toMatchObject({
      protect: true,
      inputs: { purpose: "ENCRYPT_DECRYPT", rotationPeriod: "7776000s", deletionPolicy: "ABANDON", labels },
    });
    expect(primary(recording).inputs.encryptionKeyName).toBe(key);
  });

  it("may be used by Cloud SQL's own account, which exists and has the right before the instance", async () => {
    const recording = await record({ encryptionKey: "own" });

    expect(recording.find("ServiceIdentity", "instance-encryption-cloud-sql").inputs).toEqual({
      project: "music-project",
      service: "sqladmin.googleapis.com",
    });
    expect(recording.find("CryptoKeyIAMMember", "instance-encryption-user").inputs).toEqual({
      cryptoKeyId: key,
      role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
      member: "serviceAccount:service-123456789012@gcp-sa-cloud-sql.iam.gserviceaccount.com",
    });
    expect(primary(recording).dependsOn).toContain("instance-encryption-user");
  });

  it("may be used by Cloud Storage's own account as well, for the bucket", async () => {
    const recording = await record({ encryptionKey: "own" });

    expect(recording.find("CryptoKeyIAMMember", "instance-encryption-storage").inputs).toEqual({
      cryptoKeyId: key,
      role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
      member: "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
    });
  });

  it("is not made where a key is given: that one is granted and used", async () => {
    const given = "projects/keys/locations/us-central1/keyRings/shared/cryptoKeys/music";
    const recording = await record({ encryptionKey: given });

    expect(recording.ofType("CryptoKey")).toEqual([]);
    expect(recording.find("CryptoKeyIAMMember", "instance-encryption-user").inputs.cryptoKeyId).toBe(given);
    expect(primary(recording).inputs.encryptionKeyName).toBe(given);
  });
});

describe("what only ENTERPRISE_PLUS has", () => {
  const plus = { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2" } as const;

  it("is written down there, off as well as on, and not mentioned in ENTERPRISE", async () => {
    const off = primary(await record(plus)).inputs.settings;
    const on = primary(await record({ ...plus, dataCacheEnabled: true, managedPoolingEnabled: true })).inputs.settings;
    const basic = primary(await record()).inputs.settings;

    expect(off).toMatchObject({
      dataCacheConfig: { dataCacheEnabled: false },
      connectionPoolConfigs: [{ connectionPoolingEnabled: false }],
    });
    expect(on).toMatchObject({
      dataCacheConfig: { dataCacheEnabled: true },
      connectionPoolConfigs: [{ connectionPoolingEnabled: true }],
    });
    expect(Object.keys(basic as object)).not.toContain("dataCacheConfig");
    expect(Object.keys(basic as object)).not.toContain("connectionPoolConfigs");
  });

  it("has a read pool of so many nodes", async () => {
    const recording = await record({ ...plus, readPoolNodes: 3 });
    const { inputs } = recording.find("DatabaseInstance", "instance-replica-read-pool");

    expect(inputs).toMatchObject({
      name: "loist-music-library-db-read-pool",
      instanceType: "READ_POOL_INSTANCE",
      nodeCount: 3,
      masterInstanceName: "loist-music-library-db",
      settings: { edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-2" },
    });
    expect(Object.keys(inputs.settings as object)).not.toContain("backupConfiguration");
    expect(recording.outputs.replicas).toEqual(["loist-music-library-db-read-pool"]);
  });
});

describe("read replicas", () => {
  it("follow the primary or one another, with their own tier and flags, in the order of promotion", async () => {
    const recording = await record({
      readReplicas: [{ name: "a" }, { name: "b", source: "a", tier: "db-custom-2-7680", databaseFlags: { jit: true } }],
    });
    const [a, b] = ["a", "b"].map((name) => recording.find("DatabaseInstance", `instance-replica-${name}`));

    expect(a).toMatchObject({
      protect: true,
      replaceWith: ["instance-server"],
      inputs: {
        name: "loist-music-library-db-a",
        instanceType: "READ_REPLICA_INSTANCE",
        masterInstanceName: "loist-music-library-db",
        deletionProtection: true,
        settings: {
          edition: "ENTERPRISE",
          tier: "db-custom-1-3840",
          availabilityType: "ZONAL",
          deletionProtectionEnabled: true,
          connectorEnforcement: "REQUIRED",
          userLabels: { ...labels, "failover-order": "1" },
        },
      },
    });
    expect(b).toMatchObject({
      inputs: {
        masterInstanceName: "loist-music-library-db-a",
        settings: { tier: "db-custom-2-7680", userLabels: { "failover-order": "2" } },
      },
    });
    expect(b?.dependsOn).toContain("instance-replica-a");
    expect((b?.inputs.settings as { databaseFlags: unknown[] }).databaseFlags).toContainEqual({
      name: "jit",
      value: "on",
    });
    expect(Object.keys(a?.inputs.settings as object)).not.toContain("backupConfiguration");
    expect(recording.outputs.replicas).toEqual(["loist-music-library-db-a", "loist-music-library-db-b"]);
  });

  it("stand in the primary's network", async () => {
    const recording = await record({ readReplicas: [{ name: "a" }], privateNetwork: "own", connectionMode: "direct" });

    expect(recording.find("DatabaseInstance", "instance-replica-a").inputs.settings).toMatchObject({
      ipConfiguration: { ipv4Enabled: false, privateNetwork: network },
    });
  });
});

describe("flags of the service", () => {
  const flags = async (overrides: Partial<PostgresInstanceArgs>): Promise<Record<string, string>> => {
    const { databaseFlags } = primary(await record(overrides)).inputs.settings as {
      databaseFlags: { name: string; value: string }[];
    };
    return Object.fromEntries(databaseFlags.map(({ name, value }) => [name, value]));
  };

  it("turn the audit log on for schema and roles, without the values of parameters", async () => {
    expect(await flags({ pgauditEnabled: true })).toEqual({
      "cloudsql.enable_pgaudit": "on",
      "pgaudit.log": "ddl,role",
      "pgaudit.log_parameter": "off",
      max_connections: "100",
    });
  });

  it("give way to configured ones", async () => {
    const configured = [{ name: "pgaudit.log", value: "all" }];
    expect(await flags({ pgauditEnabled: true, flags: configured })).toMatchObject({ "pgaudit.log": "all" });
  });

  it("let people log in by their Google identity where somebody may", async () => {
    expect(await flags({ databaseReaders: ["user:a@music.example"] })).toMatchObject({
      "cloudsql.iam_authentication": "on",
    });
    expect(Object.keys(await flags({}))).toEqual(["max_connections"]);
  });
});
