import type { Migration, Repeatable } from "../migration.ts";
import { type ForeignHistory, type ForeignTool, sameVersion } from "./foreign-history.ts";

interface FlywayRow {
  version: string | null;
  description: string;
  type: string;
  script: string;
  checksum: number | null;
  installedOn: string;
  success: boolean;
}

/** Flyway: the table that the engine's own follows, with checksums to compare. */
export const flyway: ForeignTool = {
  table: "public.flyway_schema_history",
  columns: ["installed_rank", "version", "description", "type", "script", "checksum", "installed_on", "success"],
  async read(client, table, set) {
    const { rows } = await client.query<FlywayRow>(
      `SELECT version, description, type, script, checksum, installed_on::text AS "installedOn", success
         FROM ${table} ORDER BY installed_rank`,
    );
    const history: ForeignHistory = { rows: [], problems: [] };
    for (const row of last(rows)) {
      const { version, script, checksum, installedOn } = row;
      if (!row.success) history.problems.push(`"${script}" failed`);
      else if (row.type === "BASELINE" && version !== null) history.baseline = version;
      else if (row.type !== "SCHEMA") {
        const file = fileOf(row, set.migrations, set.repeatables);
        history.rows.push({ name: script, file, installedOn });
        if (file !== undefined && checksum !== null && checksum !== file.checksum) {
          history.problems.push(`"${script}" has the checksum ${String(checksum)}, its file ${String(file.checksum)}`);
        }
      }
    }
    return history;
  },
};

/** A repeatable has a row a run, of which the last one counts; a row of type DELETE takes back what stands before it. */
function last(rows: readonly FlywayRow[]): FlywayRow[] {
  const kept = new Map<string, FlywayRow>();
  for (const row of rows) {
    const key = row.version ?? `repeatable ${row.description}`;
    kept.delete(key);
    if (row.type !== "DELETE") kept.set(key, row);
  }
  return [...kept.values()];
}

function fileOf(
  { type, version, description }: FlywayRow,
  migrations: readonly Migration[],
  repeatables: readonly Repeatable[],
): Migration | Repeatable | undefined {
  if (type !== "SQL") return undefined;
  return version === null
    ? repeatables.find((file) => file.description === description)
    : migrations.find((file) => sameVersion(file.version, version));
}
