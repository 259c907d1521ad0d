/** Where the pooler's files lie: each folder is a mounted secret, and they name each other by relative path. */
export const poolerFiles = {
  configFolder: "/etc/pgbouncer/config",
  config: "pgbouncer.ini",
  usersFolder: "/etc/pgbouncer/users",
  users: "userlist.txt",
  serverCaFolder: "/etc/pgbouncer/tls-server-ca",
  serverCa: "server-ca.pem",
  clientCertFolder: "/etc/pgbouncer/tls-client-cert",
  clientCert: "client-cert.pem",
  clientKeyFolder: "/etc/pgbouncer/tls-client-key",
  clientKey: "client-key.pem",
} as const;

/** PgBouncer's way to the server. */
export type PoolerServer =
  | {
      mode: "cloudSqlConnector";
      /** Folder of the instance's socket, as /cloudsql/PROJECT:REGION:INSTANCE. */
      socketFolder: string;
    }
  | {
      mode: "direct";
      host: string;
      port: number;
      /** Whether the server asks for a client certificate. */
      clientCertificate: boolean;
    };

export interface PoolerLogin {
  name: string;
  password: string;
}

export interface PgbouncerConfigArgs {
  /** Port on the loopback address. */
  listenPort: number;
  /** Name of the database, for clients and on the server. */
  database: string;
  server: PoolerServer;
  /** The application's active login on the server. */
  serverLogin: PoolerLogin;
  /** Clients that may read the SHOW tables: people, and the application for its metrics. */
  statsLogins: readonly string[];
  /** Connections to the server; from the connection budget. */
  poolSize: number;
  reservePoolSize: number;
  maxDbConnections: number;
  /** Requests that the application beside it answers at a time. */
  serviceConcurrency: number;
}

/** A value that cannot stand in one of PgBouncer's files. Never holds the value. */
export class PgbouncerConfigError extends Error {
  override readonly name = "PgbouncerConfigError";
}

/** Client connections beside one for each request: probes, statistics, a person. */
const EXTRA_CLIENTS = 20;

type Setting = [key: string, value: string | number, reason: string];

/** The text of pgbouncer.ini. Holds the server login's password: a secret. Throws PgbouncerConfigError. */
export function pgbouncerIni(args: PgbouncerConfigArgs): string {
  const settings = [...listening(args), ...pooling(args), ...failing(), ...encrypting(args.server)];
  const lines = settings.flatMap(([key, value, reason]) => [`; ${reason}`, `${key} = ${value}`]);
  return ["[databases]", databaseLine(args), "", "[pgbouncer]", ...lines, ""].join("\n");
}

function databaseLine({ database, server, serverLogin }: PgbouncerConfigArgs): string {
  const address =
    server.mode === "direct"
      ? { host: server.host, port: String(server.port) }
      : { host: server.socketFolder, port: "5432" };
  const pairs = { ...address, dbname: database, user: serverLogin.name, password: serverLogin.password };
  const words = Object.entries(pairs).map(([key, value]) => `${key}=${quoted(`server ${key}`, value, "'")}`);
  // Clients log in under one fixed name; the login on the server stands here, so that another one is a new revision.
  return `${bareName(database)} = ${words.join(" ")}`;
}

function listening(args: PgbouncerConfigArgs): Setting[] {
  return [
    ["listen_addr", "127.0.0.1", "only the application in the same instance may connect"],
    ["listen_port", args.listenPort, "where the application expects it"],
    ["unix_socket_dir", "", "containers share no file system, so no socket either"],
    ["auth_type", "scram-sha-256", "md5 is guessable, and Cloud SQL stores SCRAM"],
    [
      "auth_file",
      `../users/${poolerFiles.users}`,
      "Cloud SQL hides pg_shadow from everybody, so auth_query cannot work",
    ],
    ["stats_users", args.statsLogins.join(", "), "SHOW POOLS without the right to stop anything"],
    [
      "ignore_startup_parameters",
      "extra_float_digits",
      "drivers and exporters send it, PostgreSQL 12 and newer do not need it",
    ],
  ];
}

function pooling(args: PgbouncerConfigArgs): Setting[] {
  const clients = args.serviceConcurrency + EXTRA_CLIENTS;
  return [
    ["pool_mode", "transaction", "a connection serves one transaction, so few serve many requests"],
    [
      "max_client_conn",
      clients,
      `one for each of ${args.serviceConcurrency} requests, and ${EXTRA_CLIENTS} for probes and people`,
    ],
    ["default_pool_size", args.poolSize, "this pooler's share of the server's connections and memory"],
    ["reserve_pool_size", args.reservePoolSize, "for a client that waited reserve_pool_timeout; part of the share"],
    ["reserve_pool_timeout", 2, "seconds; before query_wait_timeout gives up"],
    ["max_db_connections", args.maxDbConnections, "the hard limit: pool and reserve, whatever users are added"],
    [
      "max_prepared_statements",
      200,
      "drivers' prepared statements work in transaction mode; more than the application has",
    ],
    ["server_idle_timeout", 60, "seconds; an idle instance gives its connections back"],
    ["server_lifetime", 1800, "seconds; a session's caches do not grow for ever"],
  ];
}

function failing(): Setting[] {
  return [
    ["query_wait_timeout", 10, "seconds; a request fails before its own deadline instead of queueing for two minutes"],
    ["server_connect_timeout", 5, "seconds; a server that does not answer in them is away"],
    ["server_login_retry", 2, "seconds; by default one failed login fails every client for 15"],
    ["idle_transaction_timeout", 60, "seconds; a forgotten transaction blocks vacuum and a place in the pool"],
    ["tcp_keepidle", 60, "seconds; finds a lost server sooner than the kernel's two hours"],
    ["log_connections", 0, "one line for each client connection costs and says nothing"],
    ["log_disconnections", 0, "likewise"],
  ];
}

function encrypting(server: PoolerServer): Setting[] {
  switch (server.mode) {
    case "cloudSqlConnector":
      return [
        ["server_tls_sslmode", "disable", "the socket ends in Google's connector, which encrypts with mutual TLS"],
      ];
    case "direct": {
      const settings: Setting[] = [
        ["server_tls_sslmode", "verify-ca", "the certificate of a Cloud SQL instance does not carry its address"],
        ["server_tls_ca_file", `../tls-server-ca/${poolerFiles.serverCa}`, "the instance's own authority"],
      ];
      if (!server.clientCertificate) return settings;
      return [
        ...settings,
        ["server_tls_cert_file", `../tls-client-cert/${poolerFiles.clientCert}`, "the server asks for one"],
        ["server_tls_key_file", `../tls-client-key/${poolerFiles.clientKey}`, "belongs to the certificate"],
      ];
    }
    default:
      return server satisfies never;
  }
}

/** The text of userlist.txt: who may log in to the pooler. Holds passwords: a secret. Throws PgbouncerConfigError. */
export function pgbouncerUsers(users: readonly PoolerLogin[]): string {
  return users
    .map(({ name, password }) => {
      const [quotedName, quotedPassword] = [
        quoted("user name", name, '"'),
        quoted(`password of ${name}`, password, '"'),
      ];
      return `${quotedName} ${quotedPassword}\n`;
    })
    .join("");
}

/** Left of "=" PgBouncer reads a bare word and knows no quotes. */
function bareName(database: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(database)) return database;
  throw new PgbouncerConfigError(
    `database name "${database}": cannot stand in pgbouncer.ini (${database}); expected lower-case letters, digits and underscores. Choose another name.`,
  );
}

/** PgBouncer ends every value at the line's end and doubles the quote to escape it. */
function quoted(subject: string, value: string, quote: "'" | '"'): string {
  if (/[\n\r\0]/.test(value)) {
    throw new PgbouncerConfigError(
      `pgbouncer.ini "${subject}": has a line break or zero byte (not shown); expected one line of text. Generate it again.`,
    );
  }
  return `${quote}${value.replaceAll(quote, quote + quote)}${quote}`;
}
