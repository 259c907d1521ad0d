import { describe, expect, it } from "@jest/globals";
import {
  pgbouncerIni,
  pgbouncerUsers,
  type PgbouncerConfigArgs,
  PgbouncerConfigError,
} from "../../components/pgbouncer-config.ts";

const args: PgbouncerConfigArgs = {
  listenPort: 6432,
  database: "music_library",
  server: { mode: "cloudSqlConnector", socketFolder: "/cloudsql/p:us-central1:i" },
  serverLogin: { name: "music_library_user", password: "s3cret" },
  statsLogins: ["music_library", "music_library_stats"],
  poolSize: 7,
  reservePoolSize: 1,
  maxDbConnections: 8,
  serviceConcurrency: 80,
};

const direct = { mode: "direct", host: "10.1.2.3", port: 5432, clientCertificate: true } as const;

/** The settings of the section [pgbouncer]. */
function settings(change: Partial<PgbouncerConfigArgs> = {}): Record<string, string> {
  const [, section = ""] = pgbouncerIni({ ...args, ...change }).split("[pgbouncer]\n");
  const pairs = section.split("\n").filter((line) => line.includes("=") && !line.startsWith(";"));
  return Object.fromEntries(pairs.map((line) => line.split(/ = ?/)).map(([key = "", value = ""]) => [key, value]));
}

function databaseLine(change: Partial<PgbouncerConfigArgs>): string | undefined {
  return pgbouncerIni({ ...args, ...change }).split("\n")[1];
}

describe("pgbouncerIni", () => {
  it("pools transactions within the budget, on the loopback address, with SCRAM", () => {
    expect(settings()).toEqual({
      listen_addr: "127.0.0.1",
      listen_port: "6432",
      unix_socket_dir: "",
      auth_type: "scram-sha-256",
      auth_file: "../users/userlist.txt",
      stats_users: "music_library, music_library_stats",
      ignore_startup_parameters: "extra_float_digits",
      pool_mode: "transaction",
      max_client_conn: "100",
      default_pool_size: "7",
      reserve_pool_size: "1",
      reserve_pool_timeout: "2",
      max_db_connections: "8",
      max_prepared_statements: "200",
      server_idle_timeout: "60",
      server_lifetime: "1800",
      query_wait_timeout: "10",
      server_connect_timeout: "5",
      server_login_retry: "2",
      idle_transaction_timeout: "60",
      tcp_keepidle: "60",
      log_connections: "0",
      log_disconnections: "0",
      server_tls_sslmode: "disable",
    });
  });

  it("gives each setting its reason in the line before", () => {
    const [, section = ""] = pgbouncerIni(args).split("[pgbouncer]\n");
    const lines = section.trimEnd().split("\n");
    expect(lines.length % 2).toBe(0);
    for (const [index, line] of lines.entries()) expect(line.startsWith("; ")).toBe(index % 2 === 0);
  });

  it("goes through the connector's socket with the active login", () => {
    expect(databaseLine({})).toBe(
      "music_library = host='/cloudsql/p:us-central1:i' port='5432' dbname='music_library' user='music_library_user' password='s3cret'",
    );
  });

  it("goes straight to an address with a verified certificate and its own", () => {
    expect(databaseLine({ server: direct })).toContain("host='10.1.2.3' port='5432'");
    expect(settings({ server: direct })).toMatchObject({
      server_tls_sslmode: "verify-ca",
      server_tls_ca_file: "../tls-server-ca/server-ca.pem",
      server_tls_cert_file: "../tls-client-cert/client-cert.pem",
      server_tls_key_file: "../tls-client-key/client-key.pem",
    });
  });

  it("shows no certificate to a server that asks for none", () => {
    const keys = Object.keys(settings({ server: { ...direct, clientCertificate: false } }));
    expect(keys.filter((key) => key.startsWith("server_tls"))).toEqual(["server_tls_sslmode", "server_tls_ca_file"]);
  });

  it("refuses a database whose name would need quotes", () => {
    expect(() => pgbouncerIni({ ...args, database: "music-library" })).toThrow(
      'database name "music-library": cannot stand in pgbouncer.ini (music-library); expected lower-case letters, digits and underscores. Choose another name.',
    );
  });

  it("doubles a quote in a password", () => {
    const line = databaseLine({ serverLogin: { name: "u", password: "it's; #'1 \"x\" \\" } });
    expect(line).toContain("password='it''s; #''1 \"x\" \\'");
  });

  it.each(["a\nb", "a\rb", "a\0b"])(
    "refuses a password that does not fit on a line, without showing it: %j",
    (password) => {
      const make = () => pgbouncerIni({ ...args, serverLogin: { name: "u", password } });
      expect(make).toThrow(PgbouncerConfigError);
      expect(make).toThrow(
        'pgbouncer.ini "server password": has a line break or zero byte (not shown); expected one line of text. Generate it again.',
      );
    },
  );
});

describe("pgbouncerUsers", () => {
  it("lists who may log in, one a line, quotes doubled", () => {
    const users = [
      { name: "music_library", password: 'a"b' },
      { name: "music_library_stats", password: "c'd\\" },
    ];
    expect(pgbouncerUsers(users)).toBe('"music_library" "a""b"\n"music_library_stats" "c\'d\\"\n');
  });

  it("names the user, not the password, when one does not fit on a line", () => {
    expect(() => pgbouncerUsers([{ name: "u", password: "x\ny" }])).toThrow(/"password of u": .*\(not shown\)/);
  });
});
