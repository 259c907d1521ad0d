// The history in the database against the files of this checkout, and the catalog against what the last run left, read as the
// verifier.
import { join } from "node:path";
import { openClient } from "../../connections/open.ts";
import type { Contract } from "../../client/contract.ts";
import { loadMigrations, verify } from "../../migrator/index.ts";
import { connectionAs } from "./context.ts";
import { expectThat } from "./report.ts";

export async function migrationFigure(contract: Contract, root: string): Promise<string> {
  const descriptor = connectionAs(contract, contract.database.logins.verifier);
  const set = await loadMigrations({
    folder: join(root, "sql", "migrations"),
    seedsFolder: join(root, "sql", "seeds"),
  });
  const found = await verify({ connect: async () => await openClient(descriptor, { applicationName: "verify" }) }, set);
  expectThat(
    found.version === contract.migrations.version,
    `the database is at ${found.version}, the contract says ${contract.migrations.version}`,
  );
  const watched = found.drift.state === "unknown" ? "not watched yet" : "nothing changed since";
  return `version ${found.version}, ${found.applied.length} files unedited, none pending, ${watched}`;
}
