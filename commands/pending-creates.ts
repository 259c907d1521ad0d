// After a killed update the state names resources whose creation began and was never confirmed. The local cloud's own resources
// are adopted by their next create. Roles in PostgreSQL are not: the plugin's CREATE ROLE would meet its own half-made role, so
// such a role is dropped first. Nothing depends on it yet, for the engine creates dependents only after a confirmed create.
import { readFileSync } from "node:fs";
import pg from "pg";
import { type LocalPaths } from "../local/paths.ts";
import { adminOptions } from "../local/postgres/admin.ts";

interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
}

/** Drops roles whose creation was interrupted; other pending creates are adopted by the update that follows. */
export async function forgetPendingCreates(paths: LocalPaths, stateFile: string): Promise<void> {
  const state = JSON.parse(readFileSync(stateFile, "utf8")) as {
    checkpoint: { latest?: { pending_operations?: PendingOperation[] } };
  };
  const roles = (state.checkpoint.latest?.pending_operations ?? [])
    .filter(({ type, resource }) => type === "creating" && resource.type === "postgresql:index/role:Role")
    .flatMap(({ resource }) => resource.inputs?.name ?? []);
  if (roles.length === 0) return;
  const client = new pg.Client(adminOptions(paths, "postgres"));
  await client.connect();
  try {
    for (const role of roles) await client.query(`drop role if exists ${pg.escapeIdentifier(role)}`);
  } finally {
    await client.end();
  }
}
