// How a running server gets to its declared flags and access rules, and what it says of them.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { writeFileAtomically } from "../store.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import { flagProblems } from "./flag-values.ts";
import { accessRules, type DatabaseFlag, flagSettings, type SslMode } from "./server-settings.ts";

interface DeclaredFlags {
  readonly name: string;
  readonly flags: readonly DatabaseFlag[];
}

interface DeclaredSettings extends DeclaredFlags {
  readonly sslMode: SslMode;
  /** The text of what the service itself sets. */
  readonly service: string;
}

interface RunningServer {
  readonly files: ClusterFiles;
  connect(): Promise<pg.Client>;
  restart(): Promise<void>;
}

/** Declared flags that PostgreSQL does not take; all of them. */
export class FlagsRefusedError extends Error {
  override readonly name = "FlagsRefusedError";
}

export async function refuseBadFlags({ name, flags }: DeclaredFlags, files: ClusterFiles): Promise<void> {
  const problems = await flagProblems(flags, files.empty);
  if (problems.length > 0) throw new FlagsRefusedError(`instance "${name}": ${problems.join("\n")}`);
}

/** Writes the settings and makes the server take them. A restart that fails puts the former ones back and says why. */
export async function applySettings(declared: DeclaredSettings, server: RunningServer): Promise<void> {
  const { files } = server;
  const former = [files.flags, files.accessRules, files.service]
    .filter((file) => existsSync(file))
    .map((file) => [file, readFileSync(file, "utf8")] as const);
  writeFileAtomically(files.service, declared.service);
  writeFileAtomically(files.flags, flagSettings(declared.flags));
  writeFileAtomically(files.accessRules, accessRules(declared.sslMode));
  const admin = await server.connect();
  try {
    await admin.query("ALTER SYSTEM RESET ALL");
    await reload(admin);
  } finally {
    await admin.end();
  }
  if (!(await needsRestart(server))) return;
  try {
    await server.restart();
  } catch (error) {
    for (const [file, text] of former) writeFileAtomically(file, text);
    await server.restart();
    throw error;
  }
}

/** The flags by the server's files, each in its last place; sorted by name. */
export async function readFlags(admin: pg.Client): Promise<DatabaseFlag[]> {
  const { rows } = await admin.query<{ name: string; value: string }>(
    `SELECT DISTINCT ON (name) name, setting AS value FROM pg_file_settings
      WHERE sourcefile ~ '/(flags|postgresql\\.auto)\\.conf$' ORDER BY name, seqno DESC`,
  );
  return rows;
}

/** Returns when the server, and with it this session, has read its files again. */
export async function reload(admin: pg.Client): Promise<void> {
  const loadTime = async (): Promise<string | undefined> => {
    const { rows } = await admin.query<{ time: string }>("SELECT pg_conf_load_time()::text AS time");
    return rows[0]?.time;
  };
  const before = await loadTime();
  await admin.query("SELECT pg_reload_conf()");
  for (const deadline = Date.now() + 10_000; (await loadTime()) === before && Date.now() < deadline;) await sleep(10);
}

async function needsRestart(server: RunningServer): Promise<boolean> {
  const admin = await server.connect();
  try {
    const { rows } = await admin.query("SELECT FROM pg_settings WHERE pending_restart");
    return rows.length > 0;
  } finally {
    await admin.end();
  }
}
