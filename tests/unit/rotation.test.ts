// The order of a rotation's steps over a stack in memory, cut off at every call. Proves the order and that a repeat goes on; that the
// engine and PostgreSQL do as the stack in memory does is what tests/local/rotation.test.ts proves.
import { isDeepStrictEqual } from "node:util";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { rotate, type RotatedStack, RotationError } from "../../commands/rotate/rotation.ts";
import {
  latestRenewal,
  nextRotationSettings,
  passwordExpiry,
  renewedLogin,
  rotationPhase,
  type RotationSettings,
} from "../../components/password-rotation.ts";

const logins = ["a", "b"];
const settings = (activeLogin: string, idleLoginEnabled: boolean, passwordRotations: number): RotationSettings => ({
  activeLogin,
  idleLoginEnabled,
  passwordRotations,
});

describe("whose turn it is", () => {
  it.each([
    ["resting", settings("a", false, 0), settings("a", true, 1)],
    ["renewed", settings("a", true, 1), settings("b", true, 1)],
    ["switched", settings("b", true, 1), settings("b", false, 1)],
    ["resting", settings("b", false, 1), settings("b", true, 2)],
    ["renewed", settings("b", true, 2), settings("a", true, 2)],
    // Switched by hand before: the other login is next all the same.
    ["resting", settings("b", false, 0), settings("b", true, 2)],
  ] as const)("goes on from %s %j", (phase, now, next) => {
    expect(rotationPhase(logins, now)).toBe(phase);
    expect(nextRotationSettings(logins, now)).toEqual(next);
  });

  it("never renews the login that serves", () => {
    let now = settings("a", false, 0);
    for (let step = 0; step < 30; step += 1) {
      const next = nextRotationSettings(logins, now);
      const renewed = logins.filter(
        (login) =>
          latestRenewal(logins, now.passwordRotations, login) !== latestRenewal(logins, next.passwordRotations, login),
      );
      expect(renewed).toEqual(rotationPhase(logins, now) === "resting" ? [renewedLogin(logins, step / 3 + 1)] : []);
      expect(renewed).not.toContain(now.activeLogin);
      now = next;
    }
  });

  it("says when a password is due", () => {
    expect(passwordExpiry("2026-11-24T23:00:00.5Z")).toBe("2027-02-22T23:00:00.500Z");
  });
});

class Interrupted extends Error {}

/** A server, the stored passwords and a service, each as the last update left it. */
class StackInMemory implements RotatedStack {
  readonly name = "memory";
  readonly logins = logins;
  readonly calls: string[] = [];
  private declared = settings("a", false, 0);
  private readonly passwords = new Map(logins.map((login) => [login, 0]));
  private readonly enabled = new Map([
    ["a", true],
    ["b", false],
  ]);
  private service = { login: "a", password: 0 };
  others: string[] = [];
  /** Calls that are let through; the next one is cut off. */
  callsLeft = Infinity;

  settings = () => this.declared;
  writeSettings = (next: RotationSettings): void => {
    this.reach("write");
    this.declared = next;
  };
  pendingChanges = () =>
    Promise.resolve([
      ...this.others,
      ...(logins.some((login) => this.enabled.get(login) !== this.mayLogIn(login)) ? ["RoleSettings settings"] : []),
    ]);
  update = async (): Promise<void> => {
    this.reach("update");
    for (const login of logins) {
      this.passwords.set(login, latestRenewal(logins, this.declared.passwordRotations, login));
      this.reach(`password of ${login}`);
    }
    for (const login of logins) this.enabled.set(login, this.mayLogIn(login));
    this.reach("limits");
    const { activeLogin: login } = this.declared;
    this.service = { login, password: this.passwords.get(login) ?? -1 };
    this.reach("revision");
  };
  expectLogin = (login: string): Promise<void> => this.look(this.enabled.get(login) === true, `${login} cannot log in`);
  expectNoLogin = (login: string): Promise<void> => this.look(this.enabled.get(login) === false, `${login} logs in`);
  expectService = (login: string): Promise<void> =>
    this.look(this.service.login === login && this.works, `not ${login}`);
  sessionsEnded = (login: string): Promise<void> => this.look(this.service.login !== login, `${login} serves`);

  get works(): boolean {
    const { login, password } = this.service;
    return this.enabled.get(login) === true && this.passwords.get(login) === password;
  }

  get state(): unknown {
    return { ...this.declared, service: this.service, enabled: Object.fromEntries(this.enabled) };
  }

  private mayLogIn(login: string): boolean {
    return this.declared.idleLoginEnabled || login === this.declared.activeLogin;
  }

  private look(holds: boolean, otherwise: string): Promise<void> {
    this.reach("look");
    return holds ? Promise.resolve() : Promise.reject(new RotationError(otherwise));
  }

  private reach(call: string): void {
    if (this.callsLeft <= 0) throw new Interrupted();
    this.callsLeft -= 1;
    this.calls.push(call);
  }
}

const quietly = (): void => undefined;

describe("rotate", () => {
  let stack: StackInMemory;
  beforeEach(() => {
    stack = new StackInMemory();
  });

  it("renews the resting login, switches, and disables the other one", async () => {
    await rotate(stack, quietly);
    expect(stack.state).toEqual({
      ...settings("b", false, 1),
      service: { login: "b", password: 1 },
      enabled: { a: false, b: true },
    });
    await rotate(stack, quietly);
    expect(stack.state).toEqual({
      ...settings("a", false, 2),
      service: { login: "a", password: 2 },
      enabled: { a: true, b: false },
    });
  });

  it("leaves a service that works wherever it is cut off, and a repeat ends the same rotation", async () => {
    await rotate(stack, quietly);
    const whole = stack.calls.length;
    const [ended, cuts] = [stack.state, Array.from({ length: whole }, (_, calls) => calls)];
    let repeated = 0;
    for (const cut of cuts) {
      const interrupted = new StackInMemory();
      interrupted.callsLeft = cut;
      await expect(rotate(interrupted, quietly)).rejects.toThrow(Interrupted);
      expect({ cut, works: interrupted.works }).toEqual({ cut, works: true });
      interrupted.callsLeft = Infinity;
      // Cut off once everything was done: the repeat would be a rotation of its own.
      if (isDeepStrictEqual(interrupted.state, ended)) continue;
      repeated += 1;
      await rotate(interrupted, quietly);
      expect({ cut, state: interrupted.state }).toEqual({ cut, state: ended });
    }
    expect(repeated).toBeGreaterThan(15);
  });

  it("refuses to carry other changes along", async () => {
    stack.others = ["Bucket media-bucket"];
    await expect(rotate(stack, quietly)).rejects.toThrow(
      'stack "memory": has changes that a rotation would carry along (Bucket media-bucket); expected none. Run "pulumi up" first.',
    );
    expect(stack.calls).toEqual([]);
  });

  it("keeps the login before while it has sessions", async () => {
    stack.sessionsEnded = () => Promise.reject(new RotationError("in use"));
    await expect(rotate(stack, quietly)).rejects.toThrow("in use");
    expect(stack.state).toMatchObject({ activeLogin: "b", enabled: { a: true, b: true } });
  });
});
