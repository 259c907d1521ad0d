// Where one PostgreSQL cluster of the local cloud keeps what. Only `data/` belongs to the server; it reads the rest.
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";
import { handOver, serverUser } from "../unprivileged.ts";
import type { KeyedCertificate } from "./certificates.ts";
import type { ServerFiles } from "./server-settings.ts";

/** The login of the local cloud itself. */
export interface AdminLogin extends KeyedCertificate {
  readonly password: string;
}

/** Written last: a folder without it was never finished and holds nothing worth keeping. */
export interface ClusterRecord {
  readonly name: string;
  /** RFC 3339. */
  readonly createTime: string;
  /** The instance that this one follows; absent for one that stands for itself. */
  readonly primary?: string;
  /** The instance that this one was cloned from. */
  readonly source?: string;
  /** When a backup was last brought back into it; RFC 3339. */
  readonly restoreTime?: string;
}

export class ClusterFiles implements ServerFiles {
  readonly folder: string;
  readonly data: string;
  readonly settings: string;
  readonly flags: string;
  /** What the service itself sets: where the log is archived to, and whom a replica follows. */
  readonly service: string;
  readonly accessRules: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly serverAuthority: string;
  readonly clientAuthorities: string;
  readonly log: string;
  /** The archived log: one file for each 16 MB, written by the server. */
  readonly archive: string;
  /** Base backups, a folder and a record each. */
  readonly backups: string;
  /** A base backup on its way into this instance. */
  readonly incoming: string;
  /** What a replica shows to its primary, and knows the primary by. */
  readonly primaryTls: { readonly authority: string; readonly certificate: string; readonly key: string };
  /** An empty configuration, for questions to `postgres` that no running server must see. */
  readonly empty: string;
  private readonly clients: string;
  private readonly admin: string;
  private readonly recordFile: string;

  constructor(paths: LocalPaths, name: string) {
    this.folder = paths.at("cloud", "sql", name);
    const at = (...parts: string[]): string => join(this.folder, ...parts);
    this.data = at("data");
    this.settings = at("postgresql.conf");
    this.flags = at("flags.conf");
    this.service = at("service.conf");
    this.archive = at("archive");
    this.backups = at("backups");
    this.incoming = at("incoming");
    this.accessRules = at("pg_hba.conf");
    this.serverCertificate = at("tls", "server.crt");
    this.serverKey = at("tls", "server.key");
    this.serverAuthority = at("tls", "server-authority.crt");
    this.clientAuthorities = at("tls", "client-authorities.crt");
    const primary = (kind: string): string => at("tls", `primary-${kind}.pem`);
    this.primaryTls = { authority: primary("authority"), certificate: primary("certificate"), key: primary("key") };
    this.clients = at("tls", "clients");
    this.empty = at("empty");
    this.admin = at("admin.json");
    this.recordFile = at("instance.json");
    this.log = join(paths.folder("logs"), `postgres-${name}.log`);
  }

  get record(): ClusterRecord | undefined {
    return existsSync(this.recordFile)
      ? (JSON.parse(readFileSync(this.recordFile, "utf8")) as ClusterRecord)
      : undefined;
  }

  /** Makes the folders anew, without what an interrupted beginning has left in them. */
  begin(): void {
    rmSync(this.folder, { recursive: true, force: true });
    for (const folder of [this.clients, this.empty]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const folder of [this.data, this.archive, this.backups]) this.serverFolder(folder);
    writeFileAtomically(join(this.empty, "postgresql.conf"), "");
  }

  /** Makes what an instance from before it was archived and backed up does not have. */
  complete(): void {
    for (const folder of [this.archive, this.backups]) if (!existsSync(folder)) this.serverFolder(folder);
  }

  /** An empty folder that the server may write to. */
  serverFolder(folder: string): string {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    handOver(folder);
    return folder;
  }

  /** Tells the server, at its next start, that its data is a copy: to be recovered, or to follow its source. */
  signal(what: "recovery" | "standby"): void {
    const file = join(this.data, `${what}.signal`);
    writeFileSync(file, "", { mode: 0o600 });
    const user = serverUser();
    if (user !== undefined) chownSync(file, user.uid, user.gid);
  }

  /** Where the data lies while a backup takes its place. */
  get former(): string {
    return `${this.data}.former`;
  }

  /** Undoes a restore that was interrupted: its data is not whole. */
  bringFormerBack(): void {
    if (!existsSync(this.former)) return;
    rmSync(this.data, { recursive: true, force: true });
    renameSync(this.former, this.data);
  }

  /** Whether the server archives its log. */
  get archivesLog(): boolean {
    return existsSync(this.service) && readFileSync(this.service, "utf8").includes("archive_mode = 'on'");
  }

  /** Whether the server follows another one. */
  get isStandby(): boolean {
    return existsSync(join(this.data, "standby.signal"));
  }

  finish(record: ClusterRecord): void {
    writeFileAtomically(this.recordFile, JSON.stringify(record));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.log, { force: true });
  }

  adminLogin(): AdminLogin {
    return JSON.parse(readFileSync(this.admin, "utf8")) as AdminLogin;
  }

  writeAdminLogin(login: AdminLogin): void {
    writeFileAtomically(this.admin, JSON.stringify(login));
  }

  /** The certificate issued under a common name, PEM, while it is trusted. */
  client(commonName: string): string | undefined {
    const file = this.clientFile(commonName, "crt");
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  /** Trusts a client certificate from the server's next reload on, in place of one that had this name before. */
  trustClient(commonName: string, certificate: { authority: string; cert: string }): void {
    writeFileAtomically(this.clientFile(commonName, "crt"), certificate.cert);
    writeFileAtomically(this.clientFile(commonName, "authority"), certificate.authority);
    this.writeClientAuthorities();
  }

  distrustClient(commonName: string): void {
    rmSync(this.clientFile(commonName, "authority"), { force: true });
    rmSync(this.clientFile(commonName, "crt"), { force: true });
    this.writeClientAuthorities();
  }

  private writeClientAuthorities(): void {
    const files = readdirSync(this.clients).filter((file) => file.endsWith(".authority"));
    writeFileAtomically(
      this.clientAuthorities,
      files.map((file) => `${readFileSync(join(this.clients, file), "utf8").trimEnd()}\n`).join(""),
    );
  }

  private clientFile(commonName: string, extension: string): string {
    return join(this.clients, `${encodeURIComponent(commonName)}.${extension}`);
  }
}
