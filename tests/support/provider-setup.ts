// What the dynamic provider of migrations needs around it: a server with TLS, and a Secret Manager that holds the passwords.
import type { DirectConnection } from "../../connections/descriptor.ts";
import { readMigrations } from "../../migrator/index.ts";
import { TestAuthority } from "./certificates.ts";
import type { Values } from "./dynamic-provider.ts";
import { FakeGoogle } from "./fake-google.ts";
import { startCluster, type TestCluster } from "./postgres.ts";
import { enableTls } from "./tls-cluster.ts";

/** Passes for a value that the engine does not know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The password of the roles that `freshDatabase` makes. */
export const PASSWORD = "test";

export class ProviderSetup {
  readonly google: FakeGoogle;
  readonly cluster: TestCluster;
  private readonly authority: TestAuthority;

  private constructor(google: FakeGoogle, cluster: TestCluster, authority: TestAuthority) {
    this.google = google;
    this.cluster = cluster;
    this.authority = authority;
  }

  static async start(): Promise<ProviderSetup> {
    const google = await new FakeGoogle().start();
    const authority = new TestAuthority("servers");
    const cluster = await startCluster();
    await enableTls(cluster, authority.issue("project:instance"));
    google.secrets.set("projects/p/secrets/password", PASSWORD);
    google.secrets.set("projects/p/secrets/admin", cluster.password);
    const tls = JSON.stringify({ serverCa: authority.pem, clientCert: "", clientKey: "" });
    google.secrets.set("projects/p/secrets/tls", tls);
    return new ProviderSetup(google, cluster, authority);
  }

  connection(database: string, user: string, change: Partial<DirectConnection> = {}): Values {
    return {
      ...{ mode: "direct", host: "127.0.0.1", port: this.cluster.port, tlsSecret: "projects/p/secrets/tls" },
      ...{ database, user, passwordSecret: "projects/p/secrets/password", secretManagerEndpoint: this.google.endpoint },
      ...change,
    };
  }

  /** What the program declares for a folder as it is now. */
  declared(database: string, folder: string, change: Values = {}): Values {
    const names = readMigrations({ folder });
    const target = typeof change["targetVersion"] === "string" ? change["targetVersion"] : "";
    const migrations = names.migrations.filter(({ version }) => target === "" || version <= target);
    return {
      connection: this.connection(database, "migrator"),
      verifierConnection: this.connection(database, "reader"),
      folder,
      ownerRole: "migration_owner",
      historyReaders: ["reader"],
      requiredSchemas: [],
      readinessDeadlineMs: 10_000,
      ...{ environment: "", targetVersion: "", allowDown: false, surroundings: "", drift: [] },
      files: migrations.map(({ version, description, file, sha256, transactional }) => ({
        ...{ version, description, file, sha256, transactional },
      })),
      ...{ repeatables: [], seeds: [] },
      ...change,
    };
  }

  async stop(): Promise<void> {
    await this.cluster.remove();
    await this.google.stop();
    this.authority.remove();
  }
}
