import { describe, expect, it } from "@jest/globals";
import type { PostgresInstanceArgs } from "../../components/postgres-instance.ts";
import { databaseWithAdministrator, labels } from "../support/database-components.ts";
import { generatedPassword } from "../support/mocked-outputs.ts";
import { type Recording, recordProgram, SECRET } from "../support/pulumi-mocks.ts";

async function record(overrides: Partial<PostgresInstanceArgs> = {}): Promise<Recording> {
  return recordProgram(() => ({
    descriptor: databaseWithAdministrator(overrides, { protect: true }).administrator.descriptor,
  }));
}

describe("PostgresAdministrator", () => {
  it("gives Cloud SQL's own login a generated password and never tries to drop it", async () => {
    const user = (await record()).find("User", "administrator-user");

    expect(user.inputs).toEqual({
      instance: "loist-music-library-db",
      name: "postgres",
      password: SECRET,
      deletionPolicy: "ABANDON",
    });
    expect(user.revealed.password).toBe(generatedPassword("administrator-password-value"));
    expect(user).toMatchObject({ deletedWith: "instance-server", replaceWith: ["instance-server"], protect: true });
  });

  it("makes the application's database, which goes with the server and not before", async () => {
    const made = (await record()).find("Database", "administrator-database");

    expect(made).toMatchObject({
      inputs: { instance: "loist-music-library-db", name: "music_library", charset: "UTF8", collation: "en_US.UTF8" },
      parent: "administrator",
      protect: true,
      deletedWith: "instance-server",
      replaceWith: ["instance-server"],
    });
  });

  it("reaches the database by Google's connector without client certificates", async () => {
    const provider = (await record()).find("pulumi:providers:postgresql", "administrator-provider");

    expect(provider.inputs).toMatchObject({
      scheme: "gcppostgres",
      host: "music-project:us-central1:loist-music-library-db",
      database: "music_library",
      username: "postgres",
      password: SECRET,
      superuser: "false",
      maxConnections: "1",
    });
    expect(Object.keys(provider.inputs)).not.toContain("clientcert");
  });

  it("verifies the server and shows a certificate when the way is direct", async () => {
    const recording = await record({ connectionMode: "direct", databasePort: 5544 });
    const provider = recording.find("pulumi:providers:postgresql", "administrator-provider");

    expect(provider.inputs).toMatchObject({
      scheme: "postgres",
      host: "203.0.113.7",
      port: "5544",
      sslmode: "verify-ca",
      sslrootcert: SECRET,
      clientcert: SECRET,
    });
    expect(provider.revealed.sslrootcert).toBe("server authority");
    expect(JSON.parse(String(provider.revealed.clientcert))).toEqual({
      cert: "client certificate",
      key: "client key",
      sslinline: true,
    });
  });

  it("names the password's secret to others instead of the password", async () => {
    const recording = await record();

    expect(recording.outputs.descriptor).toEqual({
      mode: "cloudSqlConnector",
      connectionName: "music-project:us-central1:loist-music-library-db",
      database: "music_library",
      user: "postgres",
      passwordSecret: "projects/music-project/secrets/loist-music-library-password-postgres",
      secretManagerEndpoint: "",
    });
    expect(recording.find("Secret", "administrator-password-secret").inputs).toMatchObject({ labels });
  });
});
