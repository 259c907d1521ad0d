/** How long a password of the application may serve before `rotate` is due. */
export const PASSWORD_LIFETIME_DAYS = 90;

/** The login whose password rotation number `rotation` renews: they take turns, and number 0 is the first login's first one. */
export function renewedLogin(logins: readonly string[], rotation: number): string {
  return logins[rotation % logins.length] ?? "";
}

/** The last rotation up to `rotations` that renewed the password of `login`; 0 for none, its first password. */
export function latestRenewal(logins: readonly string[], rotations: number, login: string): number {
  let rotation = rotations;
  while (rotation > 0 && renewedLogin(logins, rotation) !== login) rotation -= 1;
  return rotation;
}

/** What configuration says of a rotation. */
export interface RotationSettings {
  activeLogin: string;
  idleLoginEnabled: boolean;
  passwordRotations: number;
}

/**
 * Where a rotation stands. `resting`: none is under way. `renewed`: the resting login has a new password and does not serve yet.
 * `switched`: it serves, and the login before it is still enabled.
 */
export type RotationPhase = "resting" | "renewed" | "switched";

/** Where the rotation stands that these settings describe. */
export function rotationPhase(logins: readonly string[], settings: RotationSettings): RotationPhase {
  if (!settings.idleLoginEnabled) return "resting";
  return renewedLogin(logins, settings.passwordRotations) === settings.activeLogin ? "switched" : "renewed";
}

/** The settings of the next phase; out of `resting` a new rotation begins. */
export function nextRotationSettings(logins: readonly string[], settings: RotationSettings): RotationSettings {
  switch (rotationPhase(logins, settings)) {
    case "resting": {
      // Whichever login serves, the other one is renewed: a number may be left out.
      let passwordRotations = settings.passwordRotations + 1;
      while (renewedLogin(logins, passwordRotations) === settings.activeLogin) passwordRotations += 1;
      return { ...settings, idleLoginEnabled: true, passwordRotations };
    }
    case "renewed":
      return { ...settings, activeLogin: renewedLogin(logins, settings.passwordRotations) };
    case "switched":
      return { ...settings, idleLoginEnabled: false };
  }
}

/** The day on which a password stored at `storedAt` should have been renewed, both as `2026-01-31T12:00:00.000Z`. */
export function passwordExpiry(storedAt: string): string {
  const day = 24 * 60 * 60 * 1000;
  return new Date(Date.parse(storedAt) + PASSWORD_LIFETIME_DAYS * day).toISOString();
}
