// How an instance gets its data from another one: a clone by a base backup and the archived log up to a named second, a replica
// by a base backup and the log as it is written, a restored instance by a backup of its own or of another.
import { copyFileSync } from "node:fs";
import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileAtomically } from "../store.ts";
import type { Backups } from "./backups.ts";
import { copyData, unpackBaseBackup } from "./base-backup.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { archiveUpToNow } from "./log-archive.ts";
import { adminRole } from "./rights.ts";
import { type Following, restoreCommand } from "./server-settings.ts";

/** Where a new instance's data comes from. */
export type Origin =
  | { readonly kind: "empty" }
  /** Without a time: as the source is now. */
  | { readonly kind: "clone"; readonly source: string; readonly pointInTime: Date | undefined }
  | { readonly kind: "replica"; readonly primary: string };

export interface Source {
  readonly name: string;
  readonly files: ClusterFiles;
  readonly port: number;
  readonly login: pg.ClientConfig;
  /** Whether its log is archived. */
  readonly archives: boolean;
  connect(): Promise<pg.Client>;
}

/** An instance cannot be made as a copy, or not of that one. */
export class CopyRefusedError extends Error {
  override readonly name = "CopyRefusedError";
}

type RecoverySettings = Readonly<Record<string, string>>;

/** Fills the data folder of a clone. Returns what its first start needs, which takes logins when the data is as it was then. */
export async function fillClone(
  target: { name: string; files: ClusterFiles },
  source: Source,
  pointInTime: Date | undefined,
  backups: Backups,
): Promise<RecoverySettings> {
  if (pointInTime === undefined) {
    await copyData(source.login, `clone ${target.name}`, target.files);
    target.files.signal("recovery");
    return recoverySettings(source.files.archive, { recovery_target: "immediate" });
  }
  if (!source.archives) {
    throw new CopyRefusedError(
      `instance "${source.name}": has no point-in-time recovery (off); expected it on. Turn it on, or clone without a time.`,
    );
  }
  const backup = backups.latestBefore(source.name, pointInTime);
  await keepLog(source);
  await unpackBaseBackup(backups.folder(source.name, backup.id), target.files);
  target.files.signal("recovery");
  return recoverySettings(source.files.archive, {
    // With a numeric offset: names of zones, Z among them, are not known yet when the server reads this.
    recovery_target_time: pointInTime.toISOString().replace("Z", "+00"),
    recovery_target_inclusive: "on",
    recovery_target_timeline: String(backup.timeline),
  });
}

/** Everything that the source has committed so far can be found in its archive afterwards. */
export async function keepLog(source: Source): Promise<void> {
  if (!source.archives) return;
  const admin = await source.connect();
  try {
    await archiveUpToNow(source.name, admin, source.files.archive);
  } finally {
    await admin.end();
  }
}

/** Puts a backup in place of the data of a stopped instance. Returns what its next start needs. */
export async function fillFromBackup(files: ClusterFiles, folder: string): Promise<RecoverySettings> {
  await unpackBaseBackup(folder, files);
  files.signal("recovery");
  return recoverySettings(files.archive, { recovery_target: "immediate" });
}

function recoverySettings(archive: string, target: RecoverySettings): RecoverySettings {
  return {
    restore_command: restoreCommand(archive),
    recovery_target_action: "promote",
    // Nobody is let in before the data is as it was: not even for reading.
    hot_standby: "off",
    ...target,
  };
}

/** Fills the data folder of a replica; from its start on it follows the primary. */
export async function fillReplica(target: { name: string; files: ClusterFiles }, primary: Source): Promise<void> {
  const { name, files } = target;
  await withAdmin(primary, async (admin) => {
    await admin.query(
      "SELECT pg_create_physical_replication_slot($1, true) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)",
      [slotOf(name)],
    );
  });
  const { cert, key } = primary.files.adminLogin();
  copyFileSync(primary.files.serverAuthority, files.primaryTls.authority);
  writeFileAtomically(files.primaryTls.certificate, cert);
  writeFileAtomically(files.primaryTls.key, key);
  await copyData(primary.login, `replica ${name}`, files);
  files.signal("standby");
}

/** How a replica follows its primary. */
export function followingOf(target: { name: string; files: ClusterFiles }, primary: Source): Following {
  return {
    port: primary.port,
    user: adminRole,
    password: primary.files.adminLogin().password,
    applicationName: target.name,
    slot: slotOf(target.name),
    tls: target.files.primaryTls,
    archive: primary.files.archive,
  };
}

/** Lets the primary forget a replica that follows no more; its slot would keep the log for ever. */
export async function forgetReplica(name: string, primary: Source): Promise<void> {
  const slot = slotOf(name);
  await withAdmin(primary, async (admin) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await admin.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", [
          slot,
        ]);
        return;
      } catch (error) {
        // The replica has just stopped, and the primary is about to notice.
        const inUse = error instanceof pg.DatabaseError && error.code === "55006";
        if (!inUse || attempt === 100) throw error;
        await sleep(100);
      }
    }
  });
}

/** Makes a replica stand for itself. */
export async function promote(replica: Source): Promise<void> {
  await withAdmin(replica, async (admin) => {
    const { rows } = await admin.query<{ promoted: boolean }>("SELECT pg_promote(true, 60) AS promoted");
    if (rows[0]?.promoted === true) return;
    throw new Error(
      `instance "${replica.name}": was not promoted within 60 s; expected a server that takes writes. See its log.`,
    );
  });
}

async function withAdmin(source: Source, work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = await source.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

/** A slot's name has no hyphens. */
function slotOf(replica: string): string {
  return replica.replaceAll("-", "_");
}
