// How the loader meets the database: by stack, or by the URL in an environment variable.
import pg from "pg";
import { UsageError } from "../command.ts";

const APPLICATION = "music-library load";

export async function connectionFor(
  as: "migrator" | "application",
  stack: string,
  variable: string | undefined,
): Promise<() => Promise<pg.Client>> {
  if (variable !== undefined) return byUrl(variable);
  // Loaded here, since a run by URL needs none of Google's libraries.
  const { enterStack, readContract } = await import("../stack-outputs.ts");
  const { openClient } = await import("../../connections/open.ts");
  const { connectionAs } = await import("../verify/context.ts");
  await enterStack(stack);
  const contract = await readContract(stack);
  const { user, logins } = contract.database;
  const descriptor = connectionAs(contract, as === "migrator" ? logins.migrator : user);
  return () => openClient(descriptor, { applicationName: APPLICATION });
}

function byUrl(variable: string): () => Promise<pg.Client> {
  const connectionString = process.env[variable] ?? "";
  // The URL itself is never shown: it holds a password.
  if (!URL.canParse(connectionString) || !/^postgres(ql)?:\/\//.test(connectionString)) {
    const seen = connectionString === "" ? "is not set" : "holds no URL of a database";
    throw new UsageError(`--database-url-env: ${variable} ${seen}; expected postgresql://... Export it first.`);
  }
  return async () => {
    const client = new pg.Client({ connectionString, application_name: APPLICATION, connectionTimeoutMillis: 10_000 });
    // A connection that breaks while it is idle fails its next statement; it must not end the process without a word.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
}
