// After a killed update the state names resources whose creation began and was never confirmed. The local cloud's own resources
// are adopted by their next create. Roles in PostgreSQL are not: the plugin's CREATE ROLE would meet its own half-made role, so
// such a role is dropped first. Nothing depends on it yet, for the engine creates dependents only after a confirmed create.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import pg from "pg";
import { type LocalPaths } from "../local/paths.ts";
import { adminOptions } from "../local/postgres/admin.ts";
import { pulumi } from "./pulumi-cli.ts";
import { localStack, type StackEnvironment } from "./stack-environment.ts";

interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
}

interface Deployment {
  pending_operations?: PendingOperation[];
}

/** Makes the state forget what was under way, so that the update that follows does it again from its beginning. */
export async function forgetPendingOperations(
  paths: LocalPaths,
  environment: StackEnvironment,
  stateFile: string,
): Promise<void> {
  const state = JSON.parse(readFileSync(stateFile, "utf8")) as { checkpoint: { latest?: Deployment } };
  const operations = state.checkpoint.latest?.pending_operations ?? [];
  if (operations.length === 0) return;
  await dropHalfMadeRoles(paths, operations);
  const exported = JSON.parse(await pulumi(environment, ["stack", "export", "--stack", localStack])) as {
    deployment: Deployment;
  };
  delete exported.deployment.pending_operations;
  const file = paths.at("state", "without-pending-operations.json");
  try {
    writeFileSync(file, JSON.stringify(exported), { mode: 0o600 });
    await pulumi(environment, ["stack", "import", "--stack", localStack, "--file", file]);
  } finally {
    rmSync(file, { force: true });
  }
}

async function dropHalfMadeRoles(paths: LocalPaths, operations: readonly PendingOperation[]): Promise<void> {
  const roles = operations
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
