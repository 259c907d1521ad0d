// The SQL that an update would run, read from the migrations' inputs: no connection, no file.
import { z } from "zod";
import { compareVersions } from "../migrator/migration.ts";
import type { PreviewedResource } from "./preview.ts";

export interface PendingFile {
  readonly file: string;
  readonly statements: number;
  /** Strongest lock on a table that was there before; "" for none. */
  readonly lock: string;
  /** How many statements write a whole table anew. */
  readonly rewrites: number;
  readonly transactional: boolean;
  readonly findings: readonly string[];
}

export interface PendingSql {
  /** In the order in which they would run. */
  readonly files: readonly PendingFile[];
  /** Versions that would be taken back, the newest first. */
  readonly takenBack: readonly string[];
  /** Repeatables and seeds that are new or have changed. */
  readonly repeated: readonly string[];
  /** Objects that others have changed: the update stops at them. */
  readonly drift: readonly string[];
}

const file = z.object({
  version: z.string(),
  file: z.string(),
  sha256: z.string(),
  transactional: z.boolean().default(true),
  statements: z.number().default(0),
  lock: z.string().default(""),
  rewrites: z.number().default(0),
  findings: z.array(z.string()).default([]),
});
const repeated = z.object({ file: z.string(), sha256: z.string() });
const inputs = z.object({
  files: z.array(file),
  seeds: z.array(repeated).default([]),
  repeatables: z.array(repeated).default([]),
});
const outputs = z.object({
  applied: z.array(z.object({ version: z.string() })).default([]),
  baseline: z.string().default(""),
  drift: z.array(z.string()).default([]),
});

/** Nothing for a stack without migrations, and where the state is not known. */
export function pendingSql(resources: readonly PreviewedResource[]): PendingSql {
  const migrations = resources.find(({ type }) => type.endsWith(":SchemaMigrations"));
  const wanted = inputs.safeParse(migrations?.after?.inputs).data;
  if (migrations === undefined || wanted === undefined) return { files: [], takenBack: [], repeated: [], drift: [] };
  const { applied, baseline, drift } = outputs.parse(migrations.before?.outputs ?? {});
  const had = inputs.safeParse(migrations.before?.inputs).data;
  const hadRepeated = new Set([...(had?.seeds ?? []), ...(had?.repeatables ?? [])].map(key));
  const done = new Set(applied.map(({ version }) => version));
  const kept = new Set(wanted.files.map(({ version }) => version));
  return {
    files: wanted.files.filter(
      ({ version }) => !done.has(version) && (baseline === "" || compareVersions(version, baseline) > 0),
    ),
    takenBack: applied
      .map(({ version }) => version)
      .filter((version) => !kept.has(version))
      .reverse(),
    repeated: [...wanted.repeatables, ...wanted.seeds]
      .filter((one) => !hadRepeated.has(key(one)))
      .map((one) => one.file),
    drift,
  };
}

function key(one: { file: string; sha256: string }): string {
  return `${one.file} ${one.sha256}`;
}
