import * as gcp from "@pulumi/gcp/sql/index.js";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { LoginPassword } from "./login-password.ts";
import type { PostgresInstance } from "./postgres-instance.ts";

export interface PostgresAdministratorArgs {
  instance: PostgresInstance;
  /** The administrator's login; Cloud SQL creates it with the instance. */
  login: string;
  names: {
    /** The application's database. A change replaces it with an empty one. */
    database: string;
    /** Id of the secret with the administrator's password. */
    secrets: { passwords: { postgres: string } };
  };
  /** Labels of the secret. */
  labels: Record<string, string>;
}

/**
 * The application's database and the administrator who fills it with roles, schemas and extensions: a generated password
 * for Cloud SQL's own login, which is no superuser, and the provider that logs in with it. Nothing else uses this login.
 */
export class PostgresAdministrator extends pulumi.ComponentResource {
  readonly database: gcp.Database;
  /** Provider for everything inside the database. */
  readonly provider: postgresql.Provider;
  /** The administrator's way to the application's database. */
  readonly descriptor: pulumi.Output<ConnectionDescriptor>;
  readonly password: LoginPassword;

  constructor(name: string, args: PostgresAdministratorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:PostgresAdministrator", name, {}, opts);
    const { instance, login } = args;
    const inInstance = { parent: this, ...instance.sharedFate };
    this.password = new LoginPassword(
      `${name}-password`,
      { login, secretId: args.names.secrets.passwords.postgres, labels: args.labels },
      { parent: this },
    );
    const user = new gcp.User(
      `${name}-user`,
      {
        instance: instance.instanceName,
        name: login,
        password: this.password.value,
        // Cloud SQL refuses to drop its own login.
        deletionPolicy: "ABANDON",
      },
      inInstance,
    );
    this.database = new gcp.Database(
      `${name}-database`,
      { instance: instance.instanceName, name: args.names.database, charset: "UTF8", collation: "en_US.UTF8" },
      inInstance,
    );
    this.provider = new postgresql.Provider(
      `${name}-provider`,
      {
        ...serverAddress(instance),
        database: this.database.name,
        username: user.name,
        password: this.password.value,
        superuser: false,
        // Grants of one transaction after another: two at a time fail with "tuple concurrently updated".
        maxConnections: 1,
        connectTimeout: 30,
      },
      { parent: this },
    );
    this.descriptor = instance.descriptor({
      database: this.database.name,
      user: user.name,
      passwordSecret: this.password.secret.filledPath,
    });
    this.registerOutputs({ database: this.database.name });
  }
}

/** The server as the postgresql provider names it: by connection name through Google's connector, or by address. */
function serverAddress(instance: PostgresInstance): postgresql.ProviderArgs {
  const { connection } = instance;
  switch (connection.mode) {
    case "cloudSqlConnector":
      return { scheme: "gcppostgres", host: instance.connectionName };
    case "direct":
      return {
        scheme: "postgres",
        host: connection.host,
        port: connection.port,
        sslmode: "verify-ca",
        // `sslinline` makes the driver take certificates, the authority's too, as text instead of file names.
        sslrootcert: connection.tls.serverCa,
        clientcert: { cert: connection.tls.clientCert, key: connection.tls.clientKey, sslinline: true },
      };
    default:
      return connection satisfies never;
  }
}
