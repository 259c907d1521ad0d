import { InterruptedError } from "../errors.ts";
import type { Settings } from "../options.ts";

/** `what` ends the sentence "migrations: interrupted ...". */
export function interrupted(what: string): InterruptedError {
  return new InterruptedError(`migrations: interrupted ${what}. Run it again: it goes on where this run stopped.`);
}

export function throwIfInterrupted({ signal }: Pick<Settings, "signal">, what: string): void {
  if (signal?.aborted === true) throw interrupted(what);
}
