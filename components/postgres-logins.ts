import * as gcp from "@pulumi/gcp/sql/index.js";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { DatabaseReaders } from "./database-readers.ts";
import { LoginPassword } from "./login-password.ts";
import { latestRenewal } from "./password-rotation.ts";
import type { PostgresAdministrator } from "./postgres-administrator.ts";
import type { PostgresInstance } from "./postgres-instance.ts";
import type { PostgresRoles } from "./postgres-roles.ts";
import { RoleSettings } from "./role-settings.ts";

export interface PostgresLoginsArgs {
  instance: PostgresInstance;
  administrator: PostgresAdministrator;
  roles: PostgresRoles;
  /** Names by purpose: one runs migrations, those of the application take turns, one only looks. A change replaces the login. */
  logins: { migrator: string; application: readonly string[]; verifier: string };
  /** Login -> id of the secret with its password. */
  names: { secrets: { passwords: Readonly<Record<string, string>> } };
  /** The application's login that serves; the other one rests. */
  activeLogin: string;
  /** Whether the resting login may log in as well: during a rotation. */
  idleLoginEnabled: boolean;
  /** How often a password of the application was renewed; the logins take turns in their order, the second one first. */
  passwordRotations: number;
  /** Sessions of all poolers together at the most. */
  budget: { pooledConnections: number };
  /** Sessions for migrations, checks and people. */
  administrationConnections: number;
  /** What stands before every unqualified name, in order. Takes effect at the next login. */
  searchPath: readonly string[];
  /** Google project id. */
  project: string;
  /** Members that log in by their Google identity, with the rights of the role that only reads. */
  databaseReaders: readonly string[];
  /** Labels of the secrets. */
  labels: Record<string, string>;
}

interface Member {
  name: string;
  /** The one role whose rights it has. */
  memberOf: pulumi.Output<string>;
}

/**
 * The logins of the application's database: each with a generated password in Secret Manager, the rights of exactly one
 * role, and no more sessions than its share; the application's resting login has none. Beside them the people and accounts
 * that log in without a password. None may create roles or databases, and none is a member of `cloudsqlsuperuser`.
 */
export class PostgresLogins extends pulumi.ComponentResource {
  readonly passwords: ReadonlyMap<string, LoginPassword>;
  private readonly args: PostgresLoginsArgs;

  constructor(name: string, args: PostgresLoginsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:PostgresLogins", name, {}, opts);
    this.args = args;
    const { instance, administrator } = args;
    const passwords = new Map<string, LoginPassword>();
    const all = members(args);
    const users = all.map((login) => {
      const password = new LoginPassword(
        `${name}-${login.name}`,
        {
          login: login.name,
          secretId: passwordSecretId(args, login.name),
          labels: args.labels,
          renewal: passwordRenewal(args, login.name),
        },
        { parent: this },
      );
      passwords.set(login.name, password);
      return this.user(`${name}-${login.name}`, login, password);
    });
    this.passwords = passwords;
    new RoleSettings(
      `${name}-settings`,
      {
        connection: administrator.descriptor,
        settings: Object.fromEntries(all.map((login) => [login.name, { search_path: args.searchPath.join(", ") }])),
        connectionLimits: Object.fromEntries(all.map((login) => [login.name, connectionLimit(args, login.name)])),
      },
      { parent: this, ...instance.sharedFate, dependsOn: users },
    );
    if (args.databaseReaders.length > 0) {
      new DatabaseReaders(`${name}-readers`, { ...args, memberOf: args.roles.names.readonly }, { parent: this });
    }
    this.registerOutputs({});
  }

  /** How this login reaches the database. Throws for a login that is not declared. */
  descriptor(login: string): pulumi.Output<ConnectionDescriptor> {
    const { instance, administrator } = this.args;
    const passwordSecret = this.password(login).secret.filledPath;
    return instance.descriptor({ database: administrator.database.name, user: login, passwordSecret });
  }

  /** The password of a login. Throws for a login that is not declared. */
  password(login: string): LoginPassword {
    const password = this.passwords.get(login);
    if (password !== undefined) return password;
    const known = [...this.passwords.keys()].join(", ");
    throw new Error(`login "${login}": is not declared; expected one of ${known}. Add it to the logins.`);
  }

  private user(name: string, login: Member, password: LoginPassword): gcp.User {
    const { instance, administrator } = this.args;
    const inInstance = { parent: this, ...instance.sharedFate };
    const user = new gcp.User(
      `${name}-user`,
      {
        instance: instance.instanceName,
        name: login.name,
        type: "BUILT_IN",
        password: password.value,
        // Without roles of its own a login of Cloud SQL becomes a member of cloudsqlsuperuser.
        databaseRoles: [login.memberOf],
      },
      inInstance,
    );
    // Cloud SQL never reads `databaseRoles` back; this is the same membership where a refresh finds its loss.
    new postgresql.GrantRole(
      `${name}-membership`,
      { role: user.name, grantRole: login.memberOf },
      { ...inInstance, provider: administrator.provider },
    );
    return user;
  }
}

function members({ roles, logins }: PostgresLoginsArgs): Member[] {
  const { owner, readwrite, readonly } = roles.names;
  return [
    { name: logins.migrator, memberOf: owner },
    ...logins.application.map((name) => ({ name, memberOf: readwrite })),
    { name: logins.verifier, memberOf: readonly },
  ];
}

/** The rotation that a login's password stems from; 0 is its first one. */
function passwordRenewal({ logins, passwordRotations }: PostgresLoginsArgs, login: string): number {
  return logins.application.includes(login) ? latestRenewal(logins.application, passwordRotations, login) : 0;
}

/** A login without a session is disabled, and is still a login to Cloud SQL, which lists no others. */
function connectionLimit(args: PostgresLoginsArgs, login: string): number {
  if (!args.logins.application.includes(login)) return args.administrationConnections;
  return login === args.activeLogin || args.idleLoginEnabled ? args.budget.pooledConnections : 0;
}

function passwordSecretId({ names }: PostgresLoginsArgs, login: string): string {
  const id = names.secrets.passwords[login];
  if (id !== undefined) return id;
  const known = Object.keys(names.secrets.passwords).join(", ");
  throw new Error(`login "${login}": has no secret for its password; expected one of ${known}. Name its secret.`);
}
