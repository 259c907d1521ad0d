// Switches TLS on in a test's PostgreSQL that already runs.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handOver } from "../../local/unprivileged.ts";
import type { TestCluster } from "./postgres.ts";

export interface TlsSettings {
  /** The server's certificate and key, PEM. */
  cert: string;
  key: string;
  /** Authority of the clients' certificates, PEM. */
  clientAuthority?: string;
  /** Lines to stand before all others in pg_hba.conf. */
  rules?: string;
}

export async function enableTls(cluster: TestCluster, settings: TlsSettings): Promise<void> {
  const { cert, key, clientAuthority = "", rules = "" } = settings;
  const files = {
    "server.pem": cert,
    "server.key": key,
    ...(clientAuthority === "" ? {} : { "clients.pem": clientAuthority }),
  };
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(cluster.dataDirectory, file), text);
    chmodSync(join(cluster.dataDirectory, file), 0o600);
  }
  const hba = join(cluster.dataDirectory, "pg_hba.conf");
  writeFileSync(hba, rules + readFileSync(hba, "utf8"));
  handOver(cluster.dataDirectory);
  const admin = await cluster.connect();
  await admin.query("alter system set ssl_cert_file = 'server.pem'");
  await admin.query("alter system set ssl_key_file = 'server.key'");
  if (clientAuthority !== "") await admin.query("alter system set ssl_ca_file = 'clients.pem'");
  await admin.query("alter system set ssl = on");
  await admin.query("select pg_reload_conf()");
  await admin.end();
}
