import { Connector, IpAddressTypes } from "@google-cloud/cloud-sql-connector";
import pg from "pg";
import { credentialsFor } from "./credentials.ts";
import type { ConnectionDescriptor, ConnectorConnection, DirectConnection } from "./descriptor.ts";
import { accessSecret } from "./secrets.ts";

type ConnectorOptions = NonNullable<ConstructorParameters<typeof Connector>[0]>;

export interface OpenOptions {
  /** What the server's lists of sessions show. */
  applicationName: string;
  /** Milliseconds until the attempt is given up; default 10,000. */
  connectTimeoutMs?: number;
  /** Settings of Cloud SQL's connector, for instance another address of its API. */
  connector?: ConnectorOptions;
}

/** A descriptor's TLS secret does not hold what it should. */
export class TlsSecretError extends Error {
  constructor(secret: string, options?: ErrorOptions) {
    super(
      `secret "${secret}": is not the TLS material of a direct connection; expected JSON with "serverCa", "clientCert" ` +
        `and "clientKey" (PEM; the latter two may be ""). Write it again.`,
      options,
    );
    this.name = "TlsSecretError";
  }
}

/**
 * Opens a client: fetches the password (and for `direct` the certificates), connects with TLS. The caller ends it. Throws
 * SecretAccessError, TlsSecretError, the connector's error or PostgreSQL's.
 */
export async function openClient(descriptor: ConnectionDescriptor, options: OpenOptions): Promise<pg.Client> {
  switch (descriptor.mode) {
    case "direct":
      return await openDirect(descriptor, options);
    case "cloudSqlConnector":
      return await openByConnector(descriptor, options);
    default:
      return descriptor satisfies never;
  }
}

async function openDirect(descriptor: DirectConnection, options: OpenOptions): Promise<pg.Client> {
  const { secretManagerEndpoint: endpoint, host, port } = descriptor;
  const [login, tls] = await Promise.all([
    loginConfig(descriptor, options),
    accessSecret(descriptor.tlsSecret, endpoint).then((text) => tlsOptions(descriptor.tlsSecret, text)),
  ]);
  return await connected(new pg.Client({ ...login, host, port, ssl: tls }));
}

async function openByConnector(descriptor: ConnectorConnection, options: OpenOptions): Promise<pg.Client> {
  const [project = ""] = descriptor.connectionName.split(":", 1);
  const connector = new Connector({ auth: credentialsFor(project), ...options.connector });
  try {
    const [login, { stream }] = await Promise.all([
      loginConfig(descriptor, options),
      connector.getOptions({
        instanceConnectionName: descriptor.connectionName,
        ipType: IpAddressTypes.PUBLIC,
      }),
    ]);
    const client = new pg.Client({ ...login, stream });
    // The connector renews certificates by timers until it is closed.
    client.once("end", () => {
      connector.close();
    });
    return await connected(client);
  } catch (error) {
    connector.close();
    throw error;
  }
}

async function connected(client: pg.Client): Promise<pg.Client> {
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function loginConfig(descriptor: ConnectionDescriptor, options: OpenOptions): Promise<pg.ClientConfig> {
  const { database, user, passwordSecret, secretManagerEndpoint } = descriptor;
  return {
    database,
    user,
    password: await accessSecret(passwordSecret, secretManagerEndpoint),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
  };
}

function tlsOptions(secret: string, text: string): pg.ClientConfig["ssl"] {
  const { serverCa, clientCert, clientKey } = parseTls(secret, text);
  return {
    ca: serverCa,
    ...(clientCert === "" ? {} : { cert: clientCert, key: clientKey }),
    // verify-ca: the authority signs for this one instance, and Cloud SQL's certificates name no address to compare with.
    checkServerIdentity: () => undefined,
  };
}

type TlsMaterial = Record<"serverCa" | "clientCert" | "clientKey", string>;

function parseTls(secret: string, text: string): TlsMaterial {
  let parsed: Partial<Record<keyof TlsMaterial, unknown>> | null;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    // The parser's message would quote the secret.
    throw new TlsSecretError(secret);
  }
  const { serverCa, clientCert, clientKey } = parsed ?? {};
  if (typeof serverCa !== "string" || typeof clientCert !== "string" || typeof clientKey !== "string") {
    throw new TlsSecretError(secret);
  }
  return { serverCa, clientCert, clientKey };
}
