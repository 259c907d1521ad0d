// One copy of a running server's data, taken by the server itself (the replication command BASE_BACKUP) and unpacked again.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { z } from "zod";
import { unprivileged } from "../unprivileged.ts";
import type { ClusterFiles } from "./cluster-files.ts";

const run = promisify(execFile);

/** What PostgreSQL names its copy of the data. */
const archiveFile = "base.tar";

/** Where in the log a backup begins: with less than that it cannot be brought forward. */
export interface BaseBackup {
  readonly timeline: number;
  /** Name of the first file of the log that it needs. */
  readonly firstSegment: string;
}

const position = z.object({ recptr: z.string().regex(/^[0-9A-F]+\/[0-9A-F]+$/), tli: z.coerce.number() });

interface ReplicationConfig extends pg.ClientConfig {
  /** A session that takes replication commands and no SQL. */
  readonly replication: "true";
}

/**
 * Copies the data to a folder that is there, empty and the server's own. The copy holds as much of the log as makes it whole by
 * itself, and a manifest with a checksum for each file.
 */
export async function takeBaseBackup(login: pg.ClientConfig, label: string, folder: string): Promise<BaseBackup> {
  const config: ReplicationConfig = { ...login, replication: "true" };
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  await client.connect();
  try {
    const target = `TARGET 'server', TARGET_DETAIL ${pg.escapeLiteral(folder)}`;
    // Several results: where it begins, the table spaces, where it ends.
    const results: unknown = await client.query(
      `BASE_BACKUP (LABEL ${pg.escapeLiteral(label)}, CHECKPOINT 'fast', WAL, WAIT 'false', ${target})`,
    );
    const [begin] = z.array(z.object({ rows: z.array(z.unknown()) })).parse(results);
    const { recptr, tli } = position.parse(begin?.rows[0]);
    return { timeline: tli, firstSegment: segmentName(recptr, tli) };
  } finally {
    await client.end();
  }
}

/** Puts a base backup where the server of `files` looks for its data, in place of what is there. */
export async function unpackBaseBackup(folder: string, files: ClusterFiles): Promise<void> {
  files.serverFolder(files.data);
  const command = unprivileged("tar", ["-xf", join(folder, archiveFile), "-C", files.data]);
  await run(command.program, command.args, { maxBuffer: 1 << 20 });
}

/** A base backup for this one use: taken, unpacked and gone. */
export async function copyData(login: pg.ClientConfig, label: string, files: ClusterFiles): Promise<void> {
  try {
    await takeBaseBackup(login, label, files.serverFolder(files.incoming));
    await unpackBaseBackup(files.incoming, files);
  } finally {
    rmSync(files.incoming, { recursive: true, force: true });
  }
}

/** The file of the log that holds a position; files hold 16 MB. */
export function segmentName(position: string, timeline: number): string {
  const [high = "0", low = "0"] = position.split("/");
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");
  return hex(timeline) + hex(Number.parseInt(high, 16)) + hex(Number.parseInt(low, 16) >>> 24);
}
