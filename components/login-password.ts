import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { StoredSecret } from "./stored-secret.ts";

export interface LoginPasswordArgs {
  /** Login that the password belongs to. */
  login: string;
  /** Id of the password's secret in Secret Manager. A change replaces the secret. */
  secretId: string;
  /** Labels of the secret. */
  labels: Record<string, string>;
  /** Which password this is: another number is another password. 0, the first one, unless given. */
  renewal?: number;
}

/**
 * A generated password, kept in Secret Manager. It stands in the state encrypted and in no output of the stack. With another
 * `renewal` the login gets a new password and the secret a new version in one `up`; the version before it stays for a week.
 */
export class LoginPassword extends pulumi.ComponentResource {
  readonly login: string;
  /** The password itself, a secret. */
  readonly value: pulumi.Output<string>;
  readonly secret: StoredSecret;

  constructor(name: string, args: LoginPasswordArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:secrets:LoginPassword", name, {}, opts);
    this.login = args.login;
    // One character of each kind satisfies Cloud SQL's password policy should one be switched on; "-" and "_" need no
    // escape in a URL, an ini file or a shell.
    const kinds = { minLower: 1, minUpper: 1, minNumeric: 1, minSpecial: 1 };
    const { renewal = 0 } = args;
    const password = new random.RandomPassword(
      `${name}-value`,
      {
        length: 32,
        special: true,
        overrideSpecial: "-_",
        ...kinds,
        ...(renewal === 0 ? {} : { keepers: { renewal: String(renewal) } }),
      },
      // Never protected: rotation is its replacement.
      { parent: this, protect: false },
    );
    this.value = pulumi.secret(password.result);
    this.secret = new StoredSecret(
      name,
      { secretId: args.secretId, value: this.value, labels: args.labels },
      { parent: this },
    );
    this.registerOutputs({ secret: this.secret.path });
  }
}
