import { fact, oneOf, wholeNumber } from "./key.ts";
import { logins } from "../naming.ts";

/** Keys of the application's two logins, which take turns. `npm run rotate` writes them. */
export const rotationKeys = {
  activeLogin: oneOf(logins.application, {
    default: "music_library_user",
    description: "Login behind the pool. npm run rotate renews the password of the other one and switches.",
  }),
  idleLoginEnabled: fact({
    default: false,
    description: "Lets the login that is not behind the pool log in as well: while npm run rotate is under way.",
  }),
  passwordRotations: wholeNumber(
    { min: 0, max: 100_000, unit: "rotations" },
    {
      default: 0,
      description: "How often npm run rotate renewed a password; another number is another password.",
    },
  ),
};
