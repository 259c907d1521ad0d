import { type ForeignTool, sameVersion } from "./foreign-history.ts";

/** node-pg-migrate: the file's name without its extension, and when it ran. */
export const nodePgMigrate: ForeignTool = {
  table: "public.pgmigrations",
  columns: ["id", "name", "run_on"],
  async read(client, table, set) {
    const { rows } = await client.query<{ name: string; installedOn: string }>(
      `SELECT name, run_on::timestamp::text AS "installedOn" FROM ${table} ORDER BY id`,
    );
    const found = rows.map(({ name, installedOn }) => {
      const [, number = "", words = ""] = /^(\d+)[-_.]*(.*)$/.exec(name) ?? [];
      const file = set.migrations.find(
        ({ version, description }) => sameVersion(version, number) && plain(description) === plain(words),
      );
      return { name, file, installedOn };
    });
    return { rows: found, problems: [] };
  },
};

/** Its names have dashes where ours have underscores. */
const plain = (words: string): string => words.toLowerCase().replaceAll(/[^a-z0-9]+/g, " ");
