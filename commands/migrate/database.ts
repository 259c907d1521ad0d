// Which database a call is for, and as whom.
import { join, resolve } from "node:path";
import pg from "pg";
import { roles } from "../../naming.ts";
import { formatProgress } from "../../migrator/run/progress.ts";
import type { MigratorOptions } from "../../migrator/options.ts";
import type { FolderFormat, MigrationFolders } from "../../migrator/files/migration-files.ts";
import { UsageError } from "../command.ts";
import type { Invocation } from "./invocation.ts";

const root = join(import.meta.dirname, "..", "..");
const APPLICATION = "music-library migrate";

/** The folders of a call: given ones relative to where it was made. */
export function foldersOf({ folder, seeds, format = "native" }: Invocation): MigrationFolders {
  const formats: readonly string[] = ["native", "flyway", "dbmate"] satisfies FolderFormat[];
  if (!formats.includes(format)) {
    throw new UsageError(`option "--format": is none ("${format}"); expected ${formats.join(", ")}.`);
  }
  const own = folder === undefined;
  const seedsFolder = seeds ?? (own ? join(root, "sql", "seeds") : "");
  return {
    folder: own ? join(root, "sql", "migrations") : resolve(folder),
    seedsFolder: seedsFolder === "" ? undefined : resolve(seedsFolder),
    format: format as FolderFormat,
  };
}

/**
 * How the engine meets the database: by stack as the login that can only read where that is enough (`reads`), or by the URL
 * in an environment variable. A password never stands on the command line.
 */
export async function databaseOf(
  invocation: Invocation,
  { reads, signal }: { reads: boolean; signal?: AbortSignal },
): Promise<MigratorOptions> {
  const {
    stack,
    environment = stack,
    "database-url-env": variable,
    "owner-role": ownerRole = roles.owner,
  } = invocation;
  return {
    connect: variable === undefined ? await byStack(stack, reads) : byUrl(variable),
    ownerRole,
    historyReaders: variable === undefined ? [roles.readonly] : [],
    environment,
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress) => {
      const line = formatProgress(progress);
      if (line !== "") process.stderr.write(`${line}\n`);
    },
  };
}

async function byStack(stack: string, reads: boolean): Promise<MigratorOptions["connect"]> {
  // Loaded here, since a run by URL needs none of Google's libraries.
  const { enterStack, readContract } = await import("../stack-outputs.ts");
  const { openClient } = await import("../../connections/open.ts");
  const { connectionAs } = await import("../verify/context.ts");
  await enterStack(stack);
  const contract = await readContract(stack);
  const { verifier, migrator } = contract.database.logins;
  const descriptor = connectionAs(contract, reads ? verifier : migrator);
  return () => openClient(descriptor, { applicationName: APPLICATION });
}

function byUrl(variable: string): MigratorOptions["connect"] {
  const connectionString = process.env[variable] ?? "";
  // The URL itself is never shown: it holds a password.
  if (!URL.canParse(connectionString) || !/^postgres(ql)?:\/\//.test(connectionString)) {
    const seen = connectionString === "" ? "is not set" : "holds no URL of a database";
    throw new UsageError(
      `option "--database-url-env": ${variable} ${seen}; expected postgresql://... Export it first.`,
    );
  }
  return async () => {
    const client = new pg.Client({ connectionString, application_name: APPLICATION, connectionTimeoutMillis: 10_000 });
    await client.connect();
    return client;
  };
}
