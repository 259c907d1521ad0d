import { formatDifference } from "./catalog/compare.ts";
import { VerifyError } from "./errors.ts";
import type { MigrationSet } from "./migration.ts";
import type { MigratorOptions } from "./options.ts";
import { type Status, status } from "./status.ts";

/**
 * Proves that the database has exactly the folder's migrations, unedited and finished, and that nobody changed it since; changes nothing and needs only the
 * right to read. Throws VerifyError with everything that differs.
 */
export async function verify(options: MigratorOptions, set: MigrationSet): Promise<Status> {
  const found = await status(options, set);
  const wrong = [
    ...found.problems,
    ...found.pending.map((file) => `"${file}": is not applied. Run up.`),
    ...found.interrupted.map((file) => `"${file}": stopped half-way. Run up.`),
    ...found.drift.objects.map((difference) => `${formatDifference(difference)}. By other hands than the migrations'.`),
  ];
  if (wrong.length > 0)
    throw new VerifyError(`migrations: the database is not as it should be:\n  ${wrong.join("\n  ")}`);
  return found;
}
