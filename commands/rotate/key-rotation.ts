// Key files of the service's account, where a stack has them: another one, and at the next call the end of the one before.
import { KEY_LIFETIME_DAYS, nextKeyDates } from "../../components/key-dates.ts";
import { UsageError } from "../command.ts";
import { localStack } from "../stack-environment.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { writeCommittedSettings } from "./rotation-settings.ts";

/** Writes the next dates into the stack's file and returns what was done, in a sentence. The update is the caller's. */
export function rotateKeys(stack: string, today: string): string {
  if (stack === localStack) {
    throw new UsageError(
      `stack "${stack}": has no key files (--keys); expected a stack of Google Cloud. Leave --keys out.`,
    );
  }
  const { serviceAccountKeyDates: dates } = stackConfiguration(stack);
  if (dates.length === 0) {
    throw new UsageError(
      `stack "${stack}": has no key files to renew (serviceAccountKeyDates is empty); expected at least one. Prefer federation; otherwise set it to [${today}].`,
    );
  }
  const next = nextKeyDates(dates, today);
  writeCommittedSettings(stack, { serviceAccountKeyDates: next });
  return next.length > 1
    ? `a second key of ${today}; move its users to the secret's newest version, then run the same command again`
    : `the key of ${dates[0] ?? ""} ends; the one of ${next[0] ?? ""} is due after ${KEY_LIFETIME_DAYS} days`;
}
