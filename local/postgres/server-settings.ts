// The text of the files that a PostgreSQL server of the local cloud reads. Pure.

/** Cloud SQL's names for who may connect. */
export const sslModes = [
  "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
  "ENCRYPTED_ONLY",
  "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
] as const;
export type SslMode = (typeof sslModes)[number];

/** One declared database flag; the value in PostgreSQL's raw unit, as Cloud SQL takes it. */
export interface DatabaseFlag {
  readonly name: string;
  readonly value: string;
}

export interface ServerFiles {
  readonly flags: string;
  readonly accessRules: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientAuthorities: string;
}

/** What every server here has in common; the declared flags come last, so that they win. */
export function serverSettings(port: number, files: ServerFiles): string {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    hba_file: files.accessRules,
    ssl: "on",
    ssl_cert_file: files.serverCertificate,
    ssl_key_file: files.serverKey,
    ssl_ca_file: files.clientAuthorities,
    password_encryption: "scram-sha-256",
    log_destination: "stderr",
    // Cloud SQL's own: time zone, language and the prefix of its log lines.
    timezone: "UTC",
    log_timezone: "UTC",
    lc_messages: "C",
    default_text_search_config: "pg_catalog.english",
    log_line_prefix: "%m [%p]: [%l-1] db=%d,user=%u ",
  };
  return `${lines(Object.entries(settings))}include = ${quoted(files.flags)}\n`;
}

/** The declared flags and nothing else. */
export function flagSettings(flags: readonly DatabaseFlag[]): string {
  return lines(flags.map(({ name, value }) => [name, value]));
}

/** `pg_hba.conf`: loopback only, by password only, without a rule for sockets. */
export function accessRules(sslMode: SslMode): string {
  const rule = (connection: "host" | "hostssl", options: string): string =>
    `${connection} all all 127.0.0.1/32 scram-sha-256${options}\n`;
  switch (sslMode) {
    case "ALLOW_UNENCRYPTED_AND_ENCRYPTED":
      return rule("host", "");
    case "ENCRYPTED_ONLY":
      return rule("hostssl", "");
    case "TRUSTED_CLIENT_CERTIFICATE_REQUIRED":
      return rule("hostssl", " clientcert=verify-ca");
    default:
      return sslMode satisfies never;
  }
}

function lines(settings: readonly (readonly [string, string])[]): string {
  return settings.map(([name, value]) => `${name} = ${quoted(value)}\n`).join("");
}

function quoted(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
