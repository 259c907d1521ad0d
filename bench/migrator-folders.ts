// The same migrations as every contestant of the migrator's benchmark wants to read them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSum } from "../migrator/index.ts";

export interface MigratorFolders {
  engine: string;
  nodePgMigrate: string;
  dbmate: string;
}

/** Writes `count` files that each make a table with an index; below `root`. Flyway reads the engine's own. */
export function writeFolders(root: string, count: number): MigratorFolders {
  const folders = {
    engine: join(root, `engine-${String(count)}`),
    nodePgMigrate: join(root, `node-pg-migrate-${String(count)}`),
    dbmate: join(root, `dbmate-${String(count)}`),
  };
  Object.values(folders).forEach((folder) => mkdirSync(folder, { recursive: true }));
  for (let number = 1; number <= count; number += 1) {
    const version = String(number).padStart(5, "0");
    const table = `public.table_${version}`;
    const up = `create table ${table} (id bigint primary key, name text not null);\ncreate index on ${table} (name);\n`;
    const down = `drop table ${table};\n`;
    writeFileSync(join(folders.engine, `V${version}__table.up.sql`), up);
    writeFileSync(join(folders.engine, `V${version}__table.down.sql`), down);
    writeFileSync(
      join(folders.nodePgMigrate, `${version}_table.sql`),
      `-- Up Migration\n${up}-- Down Migration\n${down}`,
    );
    writeFileSync(join(folders.dbmate, `${version}_table.sql`), `-- migrate:up\n${up}\n-- migrate:down\n${down}`);
  }
  writeSum({ folder: folders.engine });
  return folders;
}
