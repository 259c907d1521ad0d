import { compareVersions } from "../migration.ts";
import type { ForeignTool } from "./foreign-history.ts";

/** golang-migrate: one row with the last version, dirty when that one did not finish. */
export const golangMigrate: ForeignTool = {
  table: "public.schema_migrations",
  columns: ["version", "dirty"],
  async read(client, table, set) {
    const { rows } = await client.query<{ version: string; dirty: boolean }>(
      `SELECT version::text AS version, dirty FROM ${table}`,
    );
    const last = rows[0];
    if (last === undefined) return { rows: [], problems: [] };
    const problems = last.dirty ? [`version ${last.version} is dirty: it did not finish`] : [];
    const below = set.migrations.filter(({ version }) => compareVersions(version, last.version) <= 0);
    const found = below.map((file) => ({ name: file.version, file, installedOn: null }));
    const known = below.some(({ version }) => compareVersions(version, last.version) === 0);
    const unknown = known ? [] : [{ name: last.version, file: undefined, installedOn: null }];
    return { rows: [...found, ...unknown], problems };
  },
};
