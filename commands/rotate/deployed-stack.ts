// A deployed stack as a rotation sees it: the local one and those in the cloud go through the same steps.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { openClient } from "../../connections/open.ts";
import type { LocalPaths } from "../../local/paths.ts";
import { logins } from "../../naming.ts";
import { operatorHeaders } from "../identity-token.ts";
import { prepareLocalStack, updateLocalStack } from "../local-stack.ts";
import { pulumi } from "../pulumi-cli.ts";
import { whileGrantsSpread } from "../spreading-grants.ts";
import { localStack } from "../stack-environment.ts";
import { type Deployment, environmentOf, readDeployment } from "../stack-outputs.ts";
import { connectionAs, verifyContext } from "../verify/context.ts";
import { serviceRows } from "../verify/service-rows.ts";
import { committedRotation, localRotation, writeCommittedSettings, writeLocalRotation } from "./rotation-settings.ts";
import { type RotatedStack, RotationError } from "./rotation.ts";

/** How long a step's effect may be on its way: new grants, secret versions and revisions take up to a minute. */
const EFFECT_WITHIN_MS = 60_000;
/** How long sessions of the login before may stay after the overlap: longer than any request or pooled session. */
const DRAINED_WITHIN_MS = 45 * 60_000;

export interface DeployedStackOptions {
  readonly stack: string;
  readonly paths: LocalPaths;
  /** Seconds between the new revision and the end of the login before. */
  readonly overlapSeconds: number;
  readonly onOutput: (text: string) => void;
}

/** The process must have entered the stack's environment before. */
export function deployedStack(options: DeployedStackOptions): RotatedStack {
  const { stack, paths, overlapSeconds } = options;
  const isLocal = stack === localStack;
  const open = async (login: string): Promise<pg.Client> =>
    await openClient(connectionAs((await readDeployment(stack)).contract, login), { applicationName: "rotate" });
  return {
    name: stack,
    logins: logins.application,
    settings: () => (isLocal ? localRotation(paths) : undefined) ?? committedRotation(stack),
    writeSettings(settings) {
      if (isLocal) writeLocalRotation(paths, settings);
      else writeCommittedSettings(stack, { ...settings });
    },
    pendingChanges: () => pendingChanges(options),
    update: () => update(options),
    expectLogin: (login) =>
      effect(`login "${login}": does not get in with its password of today`, async () => {
        await (await open(login)).end();
      }),
    expectNoLogin: (login) =>
      effect(`login "${login}": still gets in`, async () => {
        await refused(() => open(login));
      }),
    expectService: (login) =>
      effect(`service: does not reach the database as ${login}`, async () => {
        await servesAs(await readDeployment(stack), login);
      }),
    sessionsEnded: (login) => sessionsEnded(() => open(logins.verifier), login, overlapSeconds),
  };
}

async function pendingChanges({ stack, paths }: DeployedStackOptions): Promise<string[]> {
  if (stack === localStack) await prepareLocalStack(paths);
  const args = ["preview", "--json", "--stack", stack];
  const { steps = [] } = JSON.parse(await pulumi(await environmentOf(stack), args)) as {
    steps?: { op: string; urn: string }[];
  };
  const changes = steps.filter(({ op, urn }) => op !== "same" && !urn.includes("::pulumi:pulumi:Stack::"));
  return changes.map(({ urn }) => {
    const [type = "", name = ""] = urn.split("::").slice(-2);
    return `${type.split(":").at(-1) ?? ""} ${name}`;
  });
}

async function update({ stack, paths, onOutput }: DeployedStackOptions): Promise<void> {
  if (stack === localStack) {
    const { environment } = await prepareLocalStack(paths);
    await updateLocalStack(paths, environment, onOutput);
    return;
  }
  const [environment, args] = [await environmentOf(stack), ["up", "--yes", "--skip-preview", "--stack", stack]];
  await whileGrantsSpread(() => pulumi(environment, args, { onOutput }), onOutput);
}

/** Tries until it is so; raises RotationError with the last reason. */
async function effect(problem: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + EFFECT_WITHIN_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() >= deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new RotationError(
          `${problem} (${reason}); expected it within ${EFFECT_WITHIN_MS / 1000} s. Mend that and run the same command again.`,
          { cause: error },
        );
      }
      await sleep(1000);
    }
  }
}

/** PostgreSQL's `too_many_connections`: the login is known, and has no session to give. */
const NO_SESSION_LEFT = "53300";

async function refused(open: () => Promise<pg.Client>): Promise<void> {
  let client: pg.Client;
  try {
    client = await open();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === NO_SESSION_LEFT) return;
    throw error;
  }
  await client.end();
  throw new Error("a session was opened");
}

async function servesAs({ contract, serviceUri }: Deployment, login: string): Promise<void> {
  const context = verifyContext(contract, serviceUri, await operatorHeaders(contract, serviceUri));
  const rows = await serviceRows(context);
  const failed = rows.filter(({ passed }) => !passed);
  if (failed.length > 0) throw new Error(failed.map(({ promise, figure }) => `${promise}: ${figure}`).join("; "));
  if (!rows.some(({ figure }) => figure.startsWith(`${login},`))) throw new Error("it logs in as the other one");
}

async function sessionsEnded(open: () => Promise<pg.Client>, login: string, overlapSeconds: number): Promise<void> {
  const overlapEnds = Date.now() + overlapSeconds * 1000;
  for (;;) {
    const sessions = await sessionsOf(open, login);
    const now = Date.now();
    if (sessions === 0 && now >= overlapEnds) return;
    if (now >= overlapEnds + DRAINED_WITHIN_MS) {
      throw new RotationError(
        `login "${login}": is still in use (${sessions} sessions); expected none after the overlap of ${overlapSeconds} s. Find who uses it in pg_stat_activity, then run the same command again.`,
      );
    }
    await sleep(Math.min(5000, Math.max(200, overlapEnds - now)));
  }
}

async function sessionsOf(open: () => Promise<pg.Client>, login: string): Promise<number> {
  const client = await open();
  try {
    const text = "SELECT count(*)::int AS sessions FROM pg_catalog.pg_stat_activity WHERE usename = $1";
    const { rows } = await client.query<{ sessions: number }>(text, [login]);
    return rows[0]?.sessions ?? 0;
  } finally {
    await client.end();
  }
}
