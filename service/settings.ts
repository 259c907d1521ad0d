import { z } from "zod";
import { type Contract, ContractError, parseContract } from "../client/index.ts";

export interface Settings {
  contract: Contract;
  poolerPassword: string;
  /** Address to listen on; all interfaces unless HOST says otherwise, as Cloud Run needs it. */
  host: string;
  port: number;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
}

/** The environment lacks something; all problems at once, values of secrets never. */
export class SettingsError extends Error {
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(`service environment: ${problems.join("; ")}. Set what is named; on Cloud Run the stack sets it.`, options);
    this.name = "SettingsError";
  }
}

const environmentSchema = z.object({
  MUSIC_LIBRARY_CONTRACT: z.string({ error: "is missing; expected the contract's JSON" }),
  POOLER_PASSWORD: z.string({ error: "is missing; expected the pooler's password" }).min(1, "is empty"),
  HOST: z.string().min(1).default("::"),
  PORT: z.coerce.number({ error: "expected 1 to 65535" }).int().min(1).max(65535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

/** Reads what the service needs from its environment. Throws SettingsError. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environmentSchema.safeParse(environment);
  const problems = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")} ${issue.message}`);
  let contract: Contract | undefined;
  try {
    const json = environment["MUSIC_LIBRARY_CONTRACT"];
    if (json !== undefined) contract = parseContract(json);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    problems.push(`MUSIC_LIBRARY_CONTRACT ${error.message}`);
  }
  if (!parsed.success || contract === undefined) throw new SettingsError(problems);
  const { POOLER_PASSWORD, HOST, PORT, LOG_LEVEL } = parsed.data;
  return { contract, poolerPassword: POOLER_PASSWORD, host: HOST, port: PORT, logLevel: LOG_LEVEL };
}
