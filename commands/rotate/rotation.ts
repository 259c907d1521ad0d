// The steps by which the application's logins take turns. What is to be done next follows from the configuration alone, which is
// written before each update: whatever stops a run, the next one goes on from there.
import {
  nextRotationSettings,
  type RotationPhase,
  rotationPhase,
  type RotationSettings,
} from "../../components/password-rotation.ts";

/** A step did not have its effect; the sentence says what to do. */
export class RotationError extends Error {
  override readonly name = "RotationError";
}

/** The stack as a rotation sees it. */
export interface RotatedStack {
  readonly name: string;
  /** The application's logins, in their order. */
  readonly logins: readonly string[];
  settings(): RotationSettings;
  writeSettings(settings: RotationSettings): void;
  /** What an update would change now, as `type name`. */
  pendingChanges(): Promise<string[]>;
  /** Brings the stack to its settings. */
  update(): Promise<void>;
  /** Raises unless the login gets in with the password that is stored for it. */
  expectLogin(login: string): Promise<void>;
  /** Raises when the login gets in. */
  expectNoLogin(login: string): Promise<void>;
  /** Raises unless the service reaches the database as this login. */
  expectService(login: string): Promise<void>;
  /** Waits until the login has no session, and at least the overlap. */
  sessionsEnded(login: string): Promise<void>;
}

/** What an interrupted last step leaves to do. */
const leftByLastStep = "RoleSettings ";

const steps: Readonly<Record<RotationPhase, string>> = {
  renewed: "1/3 a new password for the resting login, stored as a new version of its secret",
  switched: "2/3 a new revision that logs in with it",
  resting: "3/3 no session for the login before",
};

/**
 * Renews the password of the login that rests, lets the service log in with it, and disables the other one. Goes on where an
 * interrupted run stopped. Raises RotationError, and what an update raises; each leaves a service that works.
 */
export async function rotate(stack: RotatedStack, say: (line: string) => void): Promise<void> {
  let phase = rotationPhase(stack.logins, stack.settings());
  if (phase !== "resting") {
    say(`rotate: goes on after step ${steps[phase].slice(0, 1)}, where an earlier run stopped`);
    await settle(stack, phase, say);
  } else if (await finishedEarlier(stack, say)) return;
  do {
    if (phase === "switched") {
      say(`rotate: waiting for the sessions of ${idleLogin(stack)} to end`);
      await stack.sessionsEnded(idleLogin(stack));
    }
    stack.writeSettings(nextRotationSettings(stack.logins, stack.settings()));
    phase = rotationPhase(stack.logins, stack.settings());
    await settle(stack, phase, say);
  } while (phase !== "resting");
}

/** Brings the stack to where the settings say it is, and looks whether it is there. */
async function settle(stack: RotatedStack, phase: RotationPhase, say: (line: string) => void): Promise<void> {
  say(`rotate: ${steps[phase]}`);
  await stack.update();
  switch (phase) {
    case "renewed": {
      await stack.expectLogin(idleLogin(stack));
      return;
    }
    case "switched": {
      await stack.expectService(stack.settings().activeLogin);
      return;
    }
    case "resting": {
      await stack.expectNoLogin(idleLogin(stack));
      return;
    }
    default:
      return phase satisfies never;
  }
}

/** Whether an earlier run had only its last step to finish, which is done then. Refuses to carry other changes along. */
async function finishedEarlier(stack: RotatedStack, say: (line: string) => void): Promise<boolean> {
  const pending = await stack.pendingChanges();
  if (pending.length === 0) return false;
  const others = pending.filter((change) => !change.startsWith(leftByLastStep));
  if (others.length > 0) {
    throw new RotationError(
      `stack "${stack.name}": has changes that a rotation would carry along (${others.join(", ")}); expected none. Run "pulumi up" first.`,
    );
  }
  say("rotate: an earlier run stopped in its last step");
  await settle(stack, "resting", say);
  return true;
}

function idleLogin(stack: RotatedStack): string {
  const { activeLogin } = stack.settings();
  return stack.logins.find((login) => login !== activeLogin) ?? "";
}
