import type { Contract } from "../../client/index.ts";

/** A contract as the stack gives it; tests change what they are about. */
export function exampleContract(changes: Partial<Contract> = {}): Contract {
  return {
    version: 1,
    environment: "local",
    project: "loist-music-library-local",
    region: "us-central1",
    database: {
      instance: "loist-music-library-db",
      connectionName: "loist-music-library-local:us-central1:loist-music-library-db",
      name: "music_library",
      user: "music_library_user",
      pooler: {
        host: "127.0.0.1",
        port: 6432,
        user: "music_library_user",
        passwordSecret: "projects/loist-music-library-local/secrets/pooler-password",
      },
      connection: { mode: "cloudSqlConnector" },
      replicas: [],
      connectionShares: {
        tracks: { maxInstances: 5, poolSize: 5, reservePoolSize: 1, maxDbConnections: 6 },
        "music-player": { maxInstances: 2, poolSize: 5, reservePoolSize: 1, maxDbConnections: 6 },
      },
      passwordExpires: "2027-02-28T12:00:00.000Z",
      passwordSecrets: { music_library_user: "projects/loist-music-library-local/secrets/user-password" },
      roles: {
        owner: "music_library_owner",
        readwrite: "music_library_readwrite",
        readonly: "music_library_readonly",
      },
      logins: {
        migrator: "music_library_migrator",
        verifier: "music_library_verifier",
        application: ["music_library_user", "music_library_user_b"],
      },
    },
    bucket: {
      name: "loist-music-library-audio-local",
      location: "US-CENTRAL1",
      prefixes: { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" },
    },
    serviceAccount: { email: "loist-music-library-sa@loist-music-library-local.iam.gserviceaccount.com" },
    migrations: { version: "0007" },
    endpoints: { storage: "", iamCredentials: "", secretManager: "", management: "" },
    ...changes,
  };
}
