// The text of the files that a PostgreSQL server of the local cloud reads. Pure.
import { adminRole } from "./rights.ts";

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
  readonly service: string;
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
  const included = `include_if_exists = ${quoted(files.service)}\ninclude = ${quoted(files.flags)}\n`;
  return `${lines(Object.entries(settings))}${included}`;
}

/** Seconds after which a begun piece of the log is archived; whoever restores has the present one archived first. */
const archiveTimeoutSeconds = 3600;

/** Whom a replica follows. */
export interface Following {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly applicationName: string;
  /** The slot in the primary that keeps the log for this replica. */
  readonly slot: string;
  /** Paths of PEM files. */
  readonly tls: { readonly authority: string; readonly certificate: string; readonly key: string };
  /** Folder with the primary's archived log, for what the primary itself has no more. */
  readonly archive: string;
}

/** What the service sets beside the flags. `archive` is a folder; undefined where no log is kept. */
export function serviceSettings(own: { archive: string | undefined; following: Following | undefined }): string {
  const { archive, following } = own;
  const settings: Record<string, string> = {
    archive_mode: archive === undefined ? "off" : "on",
    ...(archive === undefined
      ? {}
      : {
          // PostgreSQL's own module: whole files or none, and no shell.
          archive_library: "basic_archive",
          "basic_archive.archive_directory": archive,
          archive_timeout: String(archiveTimeoutSeconds),
        }),
    ...(following === undefined
      ? {}
      : {
          primary_conninfo: connectionInfo(following),
          primary_slot_name: following.slot,
          restore_command: restoreCommand(following.archive),
        }),
  };
  return lines(Object.entries(settings));
}

function connectionInfo({ port, user, password, applicationName, tls }: Following): string {
  const parts: Record<string, string> = {
    host: "127.0.0.1",
    port: String(port),
    user,
    password,
    application_name: applicationName,
    sslmode: "verify-ca",
    sslrootcert: tls.authority,
    sslcert: tls.certificate,
    sslkey: tls.key,
  };
  const escaped = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return Object.entries(parts)
    .map(([name, value]) => `${name}='${escaped(value)}'`)
    .join(" ");
}

/** The shell command that fetches one file of an archived log; it fails quietly where there is none. */
export function restoreCommand(archive: string): string {
  const file = `'${archive.replaceAll("%", "%%").replaceAll("'", "'\\''")}/%f'`;
  return `test -f ${file} && cp ${file} '%p'`;
}

/** The declared flags and nothing else. */
export function flagSettings(flags: readonly DatabaseFlag[]): string {
  return lines(flags.map(({ name, value }) => [name, value]));
}

/** `pg_hba.conf`: loopback only, by password only, without a rule for sockets; copies are made by the service's login alone. */
export function accessRules(sslMode: SslMode): string {
  const copies = `hostssl replication ${adminRole} 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n`;
  return `${copies}${clientRules(sslMode)}`;
}

function clientRules(sslMode: SslMode): string {
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
