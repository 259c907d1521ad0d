// In Google's cloud a grant is known everywhere only after minutes: what rests on a fresh one is denied until then, and is tried again.
import { setTimeout as sleep } from "node:timers/promises";
import { PulumiError } from "./pulumi-cli.ts";

/**
 * How long. cloud.google.com/iam/docs/access-change-propagation: two minutes as a rule, seven or more in rare cases; ten for a
 * metric that was just declared, says the error itself.
 */
export const GRANTS_WITHIN_MS = 11 * 60_000;
const firstPauseMs = 2_000;
const longestPauseMs = 20_000;

/** What Google says until then; also where an account or a metric that was just made is not known yet. */
const notYet =
  /\b40[13]\b|permission.*denied|denied.*permission|forbidden|does not have|lacks\b|(cannot|could not) find (any )?metric|service account .* does not exist/i;

/** Whether an error may go away by itself while a grant spreads. */
export function maySpread(error: string): boolean {
  return notYet.test(error);
}

export interface Clock {
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

/**
 * Runs an update again while Google denies it what was just granted, with pauses that grow, for up to 11 minutes: an update goes on
 * where the one before stopped. Raises its last error.
 */
export async function whileGrantsSpread<Result>(
  update: () => Promise<Result>,
  say: (line: string) => void,
  { now, pause }: Clock = { now: Date.now, pause: sleep },
): Promise<Result> {
  const deadline = now() + GRANTS_WITHIN_MS;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await update();
    } catch (error) {
      if (!(error instanceof PulumiError) || now() + pauseMs > deadline) throw error;
      const reasons = error.output.split("\n").filter((line) => /\berror:/i.test(line));
      const denied = reasons.find(maySpread);
      if (denied === undefined) throw error;
      say(
        `a grant may still be spreading, tried again for up to ${GRANTS_WITHIN_MS / 60_000} minutes: ${denied.trim()}`,
      );
      await pause(pauseMs);
    }
  }
}
