import { z } from "zod";
import { type Contract, ContractError, parseContract } from "../../client/index.ts";
import { SettingsError } from "../settings.ts";

export interface JobSettings {
  contract: Contract;
  /** Name of the job in Cloud Run. */
  job: string;
  /** Number of the task in an execution. */
  task: string;
  /** Versions in the bucket up to which it is listed every hour. */
  hourlyListingUpTo: number;
}

const environmentSchema = z.object({
  MUSIC_LIBRARY_CONTRACT: z.string({ error: "is missing; expected the contract's JSON" }),
  CLOUD_RUN_JOB: z.string({ error: "is missing; expected the job's name, which Cloud Run sets" }).min(1),
  CLOUD_RUN_TASK_INDEX: z.string().default("0"),
  HOURLY_LISTING_UP_TO: z.coerce
    .number({ error: "expected a whole number of objects" })
    .int("expected a whole number of objects")
    .min(0),
});

/** Reads what the job needs from its environment. Throws SettingsError with all problems. */
export function readJobSettings(environment: Readonly<Record<string, string | undefined>>): JobSettings {
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
  const { CLOUD_RUN_JOB: job, CLOUD_RUN_TASK_INDEX: task, HOURLY_LISTING_UP_TO: hourlyListingUpTo } = parsed.data;
  return { contract, job, task, hourlyListingUpTo };
}
