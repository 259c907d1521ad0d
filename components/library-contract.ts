import * as pulumi from "@pulumi/pulumi";
import type { Contract } from "../client/contract.ts";
import type { ContentNetwork } from "./content-network.ts";
import { kept } from "./contract-promise.ts";
import type { MediaBucket } from "./media-bucket.ts";
import { passwordExpiry } from "./password-rotation.ts";
import type { PgbouncerSidecar } from "./pgbouncer-sidecar.ts";
import type { PostgresAdministrator } from "./postgres-administrator.ts";
import type { PostgresInstance } from "./postgres-instance.ts";
import type { PostgresLogins } from "./postgres-logins.ts";
import type { ServiceIdentity } from "./service-identity.ts";

export interface LibraryContractArgs {
  environment: string;
  /** Google project id. */
  project: string;
  /** Google region. */
  region: string;
  instance: PostgresInstance;
  administrator: PostgresAdministrator;
  logins: PostgresLogins;
  sidecar: PgbouncerSidecar;
  bucket: MediaBucket;
  /** Undefined where objects are delivered from the bucket. */
  content: ContentNetwork | undefined;
  identity: ServiceIdentity;
  /** Names of the roles without login. */
  roleNames: Contract["database"]["roles"];
  /** Names of the logins by what they are for. */
  loginNames: { migrator: string; verifier: string; application: readonly string[] };
  /** What each consumer may hold of the server's connections. */
  budget: { shares: Contract["database"]["connectionShares"] };
  /** The application's login that the pooler uses now. */
  activeLogin: string;
  /** Port of the pooler on the loopback address. */
  poolerPort: number;
  /** Region of the bucket. */
  bucketLocation: string;
  /** Folders of the bucket, each with its slash. */
  prefixes: Contract["bucket"]["prefixes"];
  /** Version of the newest migration that ran. */
  migrationVersion: pulumi.Input<string>;
  /** Addresses of Google's APIs; "" is Google's own. */
  storageEndpoint: string;
  iamCredentialsEndpoint: string;
  secretManagerEndpoint: string;
  /** Address of the Admin APIs of Cloud SQL, Cloud Run and Cloud Monitoring; "" is Google's own. */
  managementEndpoint: string;
}

/** What applications and operators need to know of the stack. Names secrets and holds none. Throws ContractPromiseError. */
export function libraryContract(args: LibraryContractArgs): pulumi.Output<Contract> {
  const { instance, sidecar, loginNames } = args;
  return kept({
    version: 1 as const,
    environment: args.environment,
    project: args.project,
    region: args.region,
    database: {
      instance: instance.instanceName,
      connectionName: instance.connectionName,
      name: args.administrator.database.name,
      user: args.activeLogin,
      pooler: {
        host: "127.0.0.1",
        port: args.poolerPort,
        user: sidecar.clientPassword.login,
        passwordSecret: sidecar.clientPassword.secret.path,
      },
      connection: wayOfOperators(instance),
      replicas: instance.readers.map((reader) => ({ ...reader, connection: wayOfOperators(reader) })),
      passwordSecrets: passwordSecrets(args.logins),
      connectionShares: args.budget.shares,
      passwordExpires: args.logins.password(args.activeLogin).secret.storedAt.apply(passwordExpiry),
      roles: args.roleNames,
      logins: { ...loginNames, application: [...loginNames.application] },
    },
    bucket: { name: args.bucket.bucketName, location: args.bucketLocation, prefixes: args.prefixes },
    ...(args.content === undefined ? {} : { contentNetwork: wayOfContent(args.content) }),
    serviceAccount: { email: args.identity.email },
    migrations: { version: args.migrationVersion },
    endpoints: {
      storage: args.storageEndpoint,
      iamCredentials: args.iamCredentialsEndpoint,
      secretManager: args.secretManagerEndpoint,
      management: args.managementEndpoint,
    },
  });
}

function passwordSecrets(logins: PostgresLogins): pulumi.Output<Record<string, string>> {
  return pulumi.output(
    Object.fromEntries([...logins.passwords].map(([login, password]) => [login, password.secret.path])),
  );
}

function wayOfContent({ domain, address, signingKeys }: ContentNetwork) {
  return { domain, address, keyName: signingKeys.keyName, keySecret: signingKeys.secret.path };
}

function wayOfOperators({
  connection,
}: Pick<PostgresInstance, "connection">): pulumi.Output<Contract["database"]["connection"]> {
  switch (connection.mode) {
    case "cloudSqlConnector":
      return pulumi.output({ mode: connection.mode });
    case "direct": {
      const { mode, host, port, tls } = connection;
      return pulumi.output({ mode, host, port, tlsSecret: tls.secret.path });
    }
    default:
      return connection satisfies never;
  }
}
