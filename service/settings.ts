import { z } from "zod";
import { type Contract, ContractError, parseContract } from "../client/index.ts";
import type { AccessSettings } from "./access.ts";

export interface Settings {
  contract: Contract;
  poolerPassword: string;
  /** The content network's key; undefined without a content network. */
  contentKey: string | undefined;
  /** Address to listen on; all interfaces unless HOST says otherwise, as Cloud Run needs it. */
  host: string;
  port: number;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  access: AccessSettings;
  /** Signed URLs for one caller in a minute. */
  signingsPerMinute: number;
  /** Whether SHOW POOLS goes to Cloud Monitoring; the stack says so, a process by itself reaches no cloud for it. */
  publishMetrics: boolean;
}

/** The environment lacks something; all problems at once, values of secrets never. */
export class SettingsError extends Error {
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(`service environment: ${problems.join("; ")}. Set what is named; on Cloud Run the stack sets it.`, options);
    this.name = "SettingsError";
  }
}

const environmentSchema = z
  .object({
    MUSIC_LIBRARY_CONTRACT: z.string({ error: "is missing; expected the contract's JSON" }),
    POOLER_PASSWORD: z.string({ error: "is missing; expected the pooler's password" }).min(1, "is empty"),
    CONTENT_KEY: z.string().min(1, "is empty").optional(),
    HOST: z.string().min(1).default("::"),
    PORT: z.coerce.number({ error: "expected 1 to 65535" }).int().min(1).max(65535).default(8080),
    LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    /** Whether reads need no identity; only together with an issuer for all else. */
    PUBLIC_READS: z.stringbool({ error: "expected true or false" }).default(false),
    /** Who issues the ID tokens of callers; "" leaves that to the platform. */
    OIDC_ISSUER: z.union([z.literal(""), z.url({ protocol: /^https?$/, error: "expected a URL" })]).default(""),
    OIDC_AUDIENCE: z.string().default(""),
    PUBLISH_METRICS: z.stringbool({ error: "expected true or false" }).default(false),
    SIGNINGS_PER_MINUTE: z.coerce.number({ error: "expected 1 to 100000" }).int().min(1).max(100_000).default(600),
  })
  .refine(({ OIDC_ISSUER, OIDC_AUDIENCE }) => (OIDC_ISSUER === "") === (OIDC_AUDIENCE === ""), {
    path: ["OIDC_AUDIENCE"],
    message: "and OIDC_ISSUER go together; expected both or neither",
  })
  .refine(({ PUBLIC_READS, OIDC_ISSUER }) => !PUBLIC_READS || OIDC_ISSUER !== "", {
    path: ["PUBLIC_READS"],
    message: "opens the door to everybody, so that writes need an identity; expected OIDC_ISSUER and OIDC_AUDIENCE too",
  });

/** Reads what the service needs from its environment. Throws SettingsError. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environmentSchema.safeParse(environment);
  const problems = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")} ${issue.message}`);
  let contract: Contract | undefined;
  try {
    const json = environment["MUSIC_LIBRARY_CONTRACT"];
    if (json !== undefined) contract = parseContract(json);
    if (contract?.contentNetwork !== undefined && environment["CONTENT_KEY"] === undefined) {
      problems.push("CONTENT_KEY is missing; expected the content network's key, for the contract has one");
    }
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    problems.push(`MUSIC_LIBRARY_CONTRACT ${error.message}`);
  }
  if (!parsed.success || contract === undefined || problems.length > 0) throw new SettingsError(problems);
  const { data } = parsed;
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = data;
  return {
    ...{ contract, poolerPassword: data.POOLER_PASSWORD, host: data.HOST, port: data.PORT, logLevel: data.LOG_LEVEL },
    access: { publicReads: data.PUBLIC_READS, identity: issuer === "" ? undefined : { issuer, audience } },
    contentKey: contract.contentNetwork === undefined ? undefined : data.CONTENT_KEY,
    signingsPerMinute: data.SIGNINGS_PER_MINUTE,
    publishMetrics: data.PUBLISH_METRICS,
  };
}
