import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { OAuth2Client } from "google-auth-library";
import {
  databaseUrl,
  DirectConnectionError,
  isDatabaseConfigured,
  isStorageConfigured,
  MissingSettingsError,
  resolveSettings,
  type SettingsOptions,
  validateCredentials,
} from "../../client/index.ts";
import { freePort } from "../support/postgres.ts";
import { exampleContract } from "./contract-example.ts";

const nobody = () => Promise.resolve({});
const resolve = (options: SettingsOptions = {}) =>
  resolveSettings({ environment: {}, applicationDefaults: nobody, ...options });

describe("settings", () => {
  it("come from parameters, then the contract, the environment, the credentials, the default", async () => {
    const environment = { MUSIC_LIBRARY_BUCKET_NAME: "of-environment", MUSIC_LIBRARY_PROJECT: "of-environment" };
    const applicationDefaults = () => Promise.resolve({ project: "of-credentials", serviceAccount: "a@credentials" });
    const contract = exampleContract();
    const seen = async (options: SettingsOptions) => {
      const settings = await resolve(options);
      return [settings.get("bucket"), settings.sourceOf("bucket")];
    };
    const parameters = { bucket: "of-parameters" };
    expect(await seen({ parameters, contract, environment })).toEqual(["of-parameters", "parameter"]);
    expect(await seen({ contract, environment })).toEqual([contract.bucket.name, "contract"]);
    expect(await seen({ environment })).toEqual(["of-environment", "environment"]);
    expect(await seen({})).toEqual([undefined, undefined]);
    const settings = await resolve({ environment, applicationDefaults });
    expect([settings.get("project"), settings.get("serviceAccount")]).toEqual(["of-environment", "a@credentials"]);
    expect(settings.sources()).toMatchObject({
      project: "environment (MUSIC_LIBRARY_PROJECT)",
      serviceAccount: "application default credentials",
      tempPrefix: "default",
      poolerHost: "not set",
    });
  });

  it("ask the credentials only for what nothing else names", async () => {
    const applicationDefaults = () => Promise.reject(new Error("must not be asked"));
    await expect(resolve({ contract: exampleContract(), applicationDefaults })).resolves.toBeDefined();
  });

  it("never show a value, however they are printed", async () => {
    const secret = "s3cret-value";
    const settings = await resolve({
      environment: { POOLER_PASSWORD: secret, MUSIC_LIBRARY_DATABASE_PASSWORD: secret },
    });
    for (const shown of [inspect(settings, { showHidden: true, depth: 9 }), JSON.stringify(settings)]) {
      expect(shown).not.toContain(secret);
    }
    expect(JSON.stringify(settings)).toContain("environment (POOLER_PASSWORD)");
  });

  it("take an empty endpoint of the contract for Google's own, and an empty variable for none", async () => {
    const environment = { STORAGE_EMULATOR_HOST: "http://127.0.0.1:1", MUSIC_LIBRARY_BUCKET_NAME: "" };
    const settings = await resolve({ contract: exampleContract(), environment });
    expect([settings.get("storageEndpoint"), settings.sourceOf("storageEndpoint")]).toEqual(["", "contract"]);
    expect((await resolve({ environment })).get("bucket")).toBeUndefined();
  });
});

describe("what is configured", () => {
  it("is known without a call", async () => {
    const contract = exampleContract();
    const none = await resolve();
    const withoutPassword = await resolve({ contract });
    const all = await resolve({ contract, environment: { POOLER_PASSWORD: "p" } });
    expect([none, withoutPassword, all].map(isStorageConfigured)).toEqual([false, true, true]);
    expect([none, withoutPassword, all].map(isDatabaseConfigured)).toEqual([false, false, true]);
  });

  it("is named at once where it is missing", async () => {
    const settings = await resolve();
    expect(() => databaseUrl(settings)).toThrow(MissingSettingsError);
    expect(() => databaseUrl(settings)).toThrow(
      "settings for the pooled database: not set: databaseName (MUSIC_LIBRARY_DATABASE_NAME), " +
        "poolerHost (MUSIC_LIBRARY_DATABASE_POOLER_HOST), poolerPort (MUSIC_LIBRARY_DATABASE_POOLER_PORT), " +
        "poolerUser (MUSIC_LIBRARY_DATABASE_POOLER_USER); expected each",
    );
  });
});

describe("a database's URL", () => {
  it("goes through the pooler, with everything encoded", async () => {
    const settings = await resolve({ contract: exampleContract(), environment: { POOLER_PASSWORD: "p@ss/w:rd" } });
    expect(databaseUrl(settings)).toBe("postgresql://music_library_user:p%40ss%2Fw%3Ard@127.0.0.1:6432/music_library");
  });

  it("goes past the pooler only when told", async () => {
    const contract = exampleContract();
    const byConnector = await resolve({ contract });
    contract.database.connection = { mode: "direct", host: "10.0.0.3", port: 5432, tlsSecret: "projects/p/secrets/s" };
    const direct = await resolve({ contract });
    expect(() => databaseUrl(direct, { pooled: false })).toThrow(DirectConnectionError);
    expect(databaseUrl(direct, { pooled: false, allowDirect: true })).toBe(
      "postgresql://music_library_user@10.0.0.3:5432/music_library?sslmode=verify-ca",
    );
    expect(() => databaseUrl(byConnector, { pooled: false })).toThrow("LISTEN");
    expect(new URL(databaseUrl(byConnector, { pooled: false, allowDirect: true })).searchParams.get("host")).toBe(
      `/cloudsql/${contract.database.connectionName}`,
    );
  });

  it("needs no permission where no pooler is declared", async () => {
    const parameters = { databaseName: "d", databaseUser: "u", serverHost: "h", serverPort: "5432" };
    expect(databaseUrl(await resolve({ parameters }), { pooled: false })).toMatch(/^postgresql:\/\/u@h:5432\/d/);
  });
});

describe("credentials", () => {
  it("are tried for each thing that they are for, and what fails says why", async () => {
    const endpoint = `http://127.0.0.1:${String(await freePort())}`;
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: "token", expiry_date: Date.now() + 3_600_000 });
    const settings = await resolve({ parameters: { storageEndpoint: endpoint } });
    const signer = { clientEmail: "a@b", maxExpiresSeconds: 1, sign: () => Promise.resolve(Buffer.from("s")) };
    expect(await validateCredentials(settings, { authClient, signer })).toEqual([
      { what: "access token", valid: true },
      { what: "bucket", valid: false, problem: expect.stringContaining("bucket (MUSIC_LIBRARY_BUCKET_NAME)") },
      { what: "signing", valid: true },
    ]);
    expect((await validateCredentials(settings, { authClient }))[2]).toMatchObject({
      what: "signing",
      valid: false,
      problem: expect.stringContaining("serviceAccount (MUSIC_LIBRARY_SERVICE_ACCOUNT_EMAIL)"),
    });
  });
});
