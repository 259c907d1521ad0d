import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { normalise, sha256 } from "./checksum.ts";
import type { MigrationFolders } from "./migration-files.ts";

/**
 * Whether native folders hold these files (name -> SHA-256 of the text) and no others. Ways back are not read: one that was
 * stored when its file ran is the one that counts. Text that is not UTF-8 is read as another one, which no history has.
 */
export function holdsExactly(
  { folder, seedsFolder, format = "native" }: MigrationFolders,
  files: ReadonlyMap<string, string | null>,
): boolean {
  if (format !== "native") return false;
  const found = [folder, ...(seedsFolder === undefined ? [] : [seedsFolder])].flatMap((place) =>
    readdirSync(place)
      .filter((name) => /\.sql$/i.test(name) && !name.startsWith(".") && !name.endsWith(".down.sql"))
      .map((name) => ({ name, path: join(place, name) })),
  );
  return (
    found.length === files.size &&
    found.every(({ name, path }) => files.get(name) === sha256(normalise(readFileSync(path, "utf8"))))
  );
}
