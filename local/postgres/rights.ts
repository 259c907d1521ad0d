// Roles and rights as on Cloud SQL: `cloudsqladmin` is the only superuser and nobody's login but the service's; `postgres` and
// other built-in users get their rights from `cloudsqlsuperuser`, which is none.
import pg from "pg";
import { scramVerifier } from "./scram.ts";

/** The service's own login and database. */
export const adminRole = "cloudsqladmin";
export const superuserRole = "cloudsqlsuperuser";

/** Names that Cloud SQL and PostgreSQL keep for themselves. */
export function isReservedRole(name: string): boolean {
  return /^(cloudsql|pg_)/.test(name) || name === "public" || name === "none";
}

export interface UserDeclaration {
  readonly name: string;
  /** Unset: left as it is (none for a new user). */
  readonly password?: string | undefined;
  /** Unset: a member of cloudsqlsuperuser who may make roles and databases. */
  readonly databaseRoles?: readonly string[] | undefined;
}

/** What a fresh server gets before anybody else logs in. Runs as the admin, in any order with itself. */
export async function grantServiceRights(admin: pg.Client): Promise<void> {
  await admin.query(`CREATE ROLE ${superuserRole} NOLOGIN CREATEROLE CREATEDB IN ROLE pg_monitor, pg_signal_backend`);
  await admin.query(`CREATE ROLE postgres LOGIN CREATEROLE CREATEDB IN ROLE ${superuserRole}`);
  await admin.query(`ALTER DATABASE postgres OWNER TO ${superuserRole}`);
  await admin.query(`ALTER DATABASE template1 OWNER TO ${superuserRole}`);
  await admin.query(`CREATE DATABASE ${adminRole}`);
  await admin.query(`REVOKE ALL ON DATABASE ${adminRole} FROM PUBLIC`);
}

/**
 * Runs `work` in one transaction with the rights of cloudsqlsuperuser, as Cloud SQL does for its users' requests: what belongs to
 * others is out of its reach. The log does not show the statements, which hold verifiers of passwords.
 */
export async function asCloudSqlSuperuser(admin: pg.Client, work: () => Promise<void>): Promise<void> {
  await admin.query("BEGIN");
  try {
    await admin.query("SET LOCAL log_statement = none");
    await admin.query("SET LOCAL log_min_duration_statement = -1");
    await admin.query("SET LOCAL log_min_error_statement = panic");
    await admin.query(`SET LOCAL ROLE ${superuserRole}`);
    await work();
    await admin.query("COMMIT");
  } catch (error) {
    await admin.query("ROLLBACK");
    throw error;
  }
}

/** Creates the user, or brings one that is there to what is declared. */
export async function declareUser(
  admin: pg.Client,
  user: UserDeclaration,
  revokedRoles: readonly string[],
): Promise<void> {
  const name = pg.escapeIdentifier(user.name);
  const { rows } = await admin.query("SELECT FROM pg_roles WHERE rolname = $1", [user.name]);
  const attributes = user.databaseRoles === undefined ? "CREATEROLE CREATEDB" : "NOCREATEROLE NOCREATEDB";
  await admin.query(`${rows.length === 0 ? "CREATE" : "ALTER"} ROLE ${name} LOGIN ${attributes}`);
  if (user.password !== undefined) {
    await admin.query(`ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(scramVerifier(user.password))}`);
  }
  for (const role of revokedRoles) await admin.query(`REVOKE ${pg.escapeIdentifier(role)} FROM ${name}`);
  for (const role of declaredRoles(user)) await admin.query(`GRANT ${pg.escapeIdentifier(role)} TO ${name}`);
}

/** The roles that a user is to be a member of. */
export function declaredRoles(user: Pick<UserDeclaration, "databaseRoles">): readonly string[] {
  return user.databaseRoles ?? [superuserRole];
}

/** PostgreSQL's words with its detail and hint, on one line. */
export function databaseWords(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : String(error);
  const more = [error.detail, error.hint].filter((words) => words !== undefined);
  return [error.message, ...more].map((words) => words.replaceAll("\n", "; ")).join(" Details: ");
}
