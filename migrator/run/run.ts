import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { asConnectionLost } from "./broken-connection.ts";
import { ConnectionLostError, HistoryMovedError } from "../errors.ts";
import { throwIfInterrupted } from "./interruption.ts";
import type { SqlText } from "../migration.ts";
import type { Settings } from "../options.ts";
import type { ScriptOutcome } from "./script-query.ts";
import { type Session, withSession } from "./session.ts";

/** A text to run, and the record that goes with it. */
export interface Step {
  text: SqlText;
  version: string | null;
  /** SQL; `durationMs` null: since the transaction began. */
  record: (durationMs: number | null) => string;
}

/** A step as one message. */
export interface Script {
  message: string;
  /** How many statements stand before the file's first. */
  before: number;
  /** What stands before the file's text. */
  opening: string;
}

/** What one run of the engine carries along. */
export interface Run {
  session: Session;
  settings: Settings;
  /** Names the run in the log; the same after a lost connection. */
  runId: string;
  /** How far the log was when the history was read: behind a pooler nothing else tells of other runners. */
  seen: { table: string; event: string } | null;
  /** What was sent before the answer to the step before it was there. */
  ahead: { step: Step; script: Script; outcome: Promise<ScriptOutcome> } | null;
}

const RECONNECTS = 7;
const MAX_PAUSE_MS = 30_000;

/**
 * Does `work` on a connection, and again on a new one when it broke (up to a minute by default): `work` begins with reading
 * the history, which alone tells whether the change under way was committed. Nothing is ever guessed.
 */
export async function withRun<Result>(settings: Settings, work: (run: Run) => Promise<Result>): Promise<Result> {
  const runId = randomUUID();
  for (let reconnects = 0; ;) {
    const way = { opened: false };
    try {
      return await withSession(settings, async (session) => {
        way.opened = true;
        return await work({ session, settings, runId, seen: null, ahead: null });
      });
    } catch (error) {
      if (error instanceof HistoryMovedError) continue;
      // The first connection is the caller's to wait for.
      const lost = way.opened || reconnects > 0 ? asConnectionLost("", error) : error;
      if (!(lost instanceof ConnectionLostError) || reconnects >= RECONNECTS) throw lost;
      settings.onProgress({ step: "waiting", message: `${lost.message} Connecting again.` });
      const pause = Math.min(settings.retryDelayMs * 2 ** reconnects, MAX_PAUSE_MS);
      await sleep(pause, undefined, { signal: settings.signal }).catch(() => undefined);
      throwIfInterrupted(settings, "while it connected again; the history knows what is committed");
      reconnects += 1;
    }
  }
}
