import { describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { PostgresInstance, type PostgresInstanceArgs } from "../../components/postgres-instance.ts";
import { instanceArgs, labels } from "../support/database-components.ts";
import { type Recording, recordProgram, SECRET } from "../support/pulumi-mocks.ts";

async function record(overrides: Partial<PostgresInstanceArgs> = {}): Promise<Recording> {
  return recordProgram(() => {
    const instance = new PostgresInstance("instance", instanceArgs(overrides), { protect: true });
    const login = { database: "music_library", user: "someone", passwordSecret: "projects/p/secrets/s" };
    return { connectionName: instance.connectionName, descriptor: instance.descriptor(login) };
  });
}

describe("PostgresInstance", () => {
  it("asks for exactly what its arguments say, with connectors enforced and no authorised network", async () => {
    const server = (await record()).find("DatabaseInstance", "instance-server");

    expect(server.inputs).toEqual({
      name: "loist-music-library-db",
      region: "us-central1",
      databaseVersion: "POSTGRES_15",
      deletionProtection: true,
      settings: {
        edition: "ENTERPRISE",
        tier: "db-custom-1-3840",
        availabilityType: "ZONAL",
        activationPolicy: "ALWAYS",
        diskType: "PD_SSD",
        diskSize: 20,
        diskAutoresize: true,
        diskAutoresizeLimit: 100,
        deletionProtectionEnabled: true,
        databaseFlags: [{ name: "max_connections", value: "100" }],
        backupConfiguration: {
          enabled: true,
          startTime: "03:00",
          pointInTimeRecoveryEnabled: true,
          transactionLogRetentionDays: 7,
          backupRetentionSettings: { retentionUnit: "COUNT", retainedBackups: 7 },
        },
        finalBackupConfig: { enabled: true, retentionDays: 30 },
        maintenanceWindow: { day: 7, hour: 4, updateTrack: "stable" },
        passwordValidationPolicy: {
          enablePasswordPolicy: true,
          minLength: 16,
          complexity: "COMPLEXITY_DEFAULT",
          disallowUsernameSubstring: true,
        },
        dataApiAccess: "DISALLOW_DATA_API",
        connectorEnforcement: "REQUIRED",
        ipConfiguration: { sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED", ipv4Enabled: true },
        insightsConfig: {
          queryInsightsEnabled: true,
          queryStringLength: 1024,
          recordApplicationTags: true,
          recordClientAddress: false,
        },
        userLabels: labels,
      },
    });
    expect(server).toMatchObject({ parent: "instance", protect: true });
  });

  it("makes neither a client certificate nor a secret when connectors carry their own", async () => {
    const { resources, outputs } = await record();

    expect(resources.map(({ name }) => name)).toEqual(["instance", "instance-server"]);
    expect(outputs.descriptor).toEqual({
      mode: "cloudSqlConnector",
      connectionName: "music-project:us-central1:loist-music-library-db",
      database: "music_library",
      user: "someone",
      passwordSecret: "projects/p/secrets/s",
      secretManagerEndpoint: "",
    });
  });

  it("stops enforcing connectors and stores a client certificate when the way is direct", async () => {
    const recording = await record({
      connectionMode: "direct",
      databasePort: 5544,
      secretManagerEndpoint: "http://127.0.0.1:7000",
    });

    expect(recording.find("DatabaseInstance", "instance-server").inputs.settings).toMatchObject({
      connectorEnforcement: "NOT_REQUIRED",
    });
    expect(recording.find("SslCert", "instance-client")).toMatchObject({
      inputs: { instance: "loist-music-library-db", commonName: "loist-music-library-db-client" },
      deletedWith: "instance-server",
      replaceWith: ["instance-server"],
    });
    const version = recording.find("SecretVersion", "instance-tls-version");
    expect(version.inputs.secretData).toBe(SECRET);
    expect(JSON.parse(String(version.revealed.secretData))).toEqual({
      serverCa: "server authority",
      clientCert: "client certificate",
      clientKey: "client key",
    });
    expect(recording.outputs.descriptor).toEqual({
      mode: "direct",
      host: "203.0.113.7",
      port: 5544,
      tlsSecret: "projects/music-project/secrets/loist-music-library-database-tls",
      database: "music_library",
      user: "someone",
      passwordSecret: "projects/p/secrets/s",
      secretManagerEndpoint: "http://127.0.0.1:7000",
    });
  });

  it("hands locks through one by one", async () => {
    const recording = await record({ deletionProtection: false, deletionProtectionEnabled: true });

    const { inputs } = recording.find("DatabaseInstance", "instance-server");
    expect(inputs.deletionProtection).toBe(false);
    expect(inputs.settings).toMatchObject({ deletionProtectionEnabled: true });
  });

  it("is of the project's own type", async () => {
    const recording = await recordProgram(() => {
      expect(pulumi.ComponentResource.isInstance(new PostgresInstance("instance", instanceArgs()))).toBe(true);
    });
    expect(recording.ofType("music-library:database:PostgresInstance")).toHaveLength(1);
  });
});
