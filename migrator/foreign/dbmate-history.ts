import { type ForeignTool, sameVersion } from "./foreign-history.ts";

/** dbmate: one row a version, nothing else. */
export const dbmate: ForeignTool = {
  table: "public.schema_migrations",
  columns: ["version"],
  async read(client, table, set) {
    const { rows } = await client.query<{ version: string }>(`SELECT version FROM ${table} ORDER BY version`);
    const found = rows.map(({ version: name }) => {
      const file = set.migrations.find(({ version }) => sameVersion(version, name));
      return { name, file, installedOn: null };
    });
    return { rows: found, problems: [] };
  },
};
