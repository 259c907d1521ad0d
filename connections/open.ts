import type { Connector } from "@google-cloud/cloud-sql-connector";
import pg from "pg";
import { credentialsFor } from "./credentials.ts";
import type { ConnectionDescriptor, ConnectorConnection, DirectConnection, Login } from "./descriptor.ts";
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

const CONNECT_TIMEOUT_MS = 10_000;

/** Cloud SQL's API did not answer in time. */
export class CloudSqlTimeoutError extends Error {
  constructor(connectionName: string, timeoutMs: number) {
    super(
      `instance "${connectionName}": Cloud SQL's API did not answer (waited ${String(timeoutMs)} ms); expected a certificate. ` +
        "Look whether sqladmin.googleapis.com can be reached from here and whether credentials are set.",
    );
    this.name = "CloudSqlTimeoutError";
  }
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
  // Loaded here: it brings all of Google's API client along, and direct connections need none of it.
  const { Connector, IpAddressTypes } = await import("@google-cloud/cloud-sql-connector");
  const { connectionName, ...login } = descriptor;
  const [project = ""] = connectionName.split(":", 1);
  const connector = new Connector({ auth: credentialsFor(project), ...options.connector });
  const way = connector.getOptions({ instanceConnectionName: connectionName, ipType: IpAddressTypes.PUBLIC });
  // It renews certificates by timers until it is closed; to close one whose way was never found is an unhandled rejection
  // in the library, as is a failed way that nobody waits for any more.
  const close = (): void => {
    way.then(
      () => {
        connector.close();
      },
      () => undefined,
    );
  };
  try {
    const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const [config, { stream }] = await Promise.all([
      loginConfig(login, options),
      within(timeoutMs, connectionName, () => way),
    ]);
    return await connected(new pg.Client({ ...config, stream }), close);
  } catch (error) {
    close();
    throw error;
  }
}

/** Connects; `afterwards` runs when the client has ended or could not connect. */
async function connected(client: pg.Client, afterwards: () => void = () => undefined): Promise<pg.Client> {
  try {
    client.once("end", afterwards);
    await client.connect();
    return client;
  } catch (error) {
    // Before the client is put away: the connector would begin to ask for another certificate in the next turn.
    afterwards();
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function loginConfig(descriptor: Login, options: OpenOptions): Promise<pg.ClientConfig> {
  const { database, user, passwordSecret, secretManagerEndpoint } = descriptor;
  return {
    database,
    user,
    password: await accessSecret(passwordSecret, secretManagerEndpoint),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
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

/** The connector's own calls know no deadline. */
async function within<Result>(timeoutMs: number, connectionName: string, work: () => Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CloudSqlTimeoutError(connectionName, timeoutMs));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
