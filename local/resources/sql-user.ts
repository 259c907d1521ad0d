// gcp.sql.User: a login of an instance, with the rights that Cloud SQL gives its built-in users.
import pg from "pg";
import { z } from "zod";
import type { Clusters } from "../postgres/clusters.ts";
import {
  asCloudSqlSuperuser,
  databaseWords,
  declaredRoles,
  declareUser,
  isReservedRole,
  type UserDeclaration,
} from "../postgres/rights.ts";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import type { Properties } from "../store.ts";
import type { InstanceSettings } from "./sql-instance-declaration.ts";
import { deletionPolicies, isIdentifier } from "./sql-names.ts";
import { mayDelete, SqlRefusedError } from "./sql-refusal.ts";
import { oneOf, problem } from "./sql-value-rules.ts";

const declaration = z.object({
  name: z.string().default(""),
  instance: z.string().default(""),
  project: z.string().nullish(),
  host: z.string().nullish(),
  type: z.string().nullish(),
  password: z.string().nullish(),
  passwordWo: z.string().nullish(),
  databaseRoles: z.array(z.string()).nullish(),
  deletionPolicy: z.string().nullish(),
});

const types = [
  ...["BUILT_IN", "CLOUD_IAM_USER", "CLOUD_IAM_SERVICE_ACCOUNT"],
  ...["CLOUD_IAM_GROUP", "CLOUD_IAM_GROUP_USER", "CLOUD_IAM_GROUP_SERVICE_ACCOUNT"],
];

/** `settingsOf` answers with the settings of an instance as it was last declared. */
export function userKind(clusters: Clusters, settingsOf: (instance: string) => InstanceSettings | undefined): Kind {
  return {
    grade: "real",
    check: userProblems,
    idOf: (inputs) => {
      const { name, host, instance } = declaration.parse(inputs);
      return `${name}/${host ?? ""}/${instance}`;
    },
    async create(inputs, scope) {
      refuseWeakPassword(inputs, settingsOf);
      await declare(clusters, inputs, undefined);
      return userOutputs(inputs, scope);
    },
    async read(_id, known) {
      const { instance, name } = declaration.parse(known.inputs);
      if (!clusters.exists(instance)) return undefined;
      if (clusters.isStopped(instance)) return known;
      const isThere = await canLogIn(clusters, instance, name);
      // As in the cloud: neither password nor memberships are read back.
      return isThere ? known : undefined;
    },
    async update(_id, olds, news, scope) {
      refuseWeakPassword(news, settingsOf);
      await declare(clusters, news, olds.inputs);
      return userOutputs(news, scope);
    },
    async delete(_id, olds) {
      const { instance, name, deletionPolicy } = declaration.parse(olds.inputs);
      if (!mayDelete(`user ${name}`, deletionPolicy) || !clusters.exists(instance)) return;
      await dropUser(clusters, instance, name);
    },
  };
}

/** Sets the password of a login that is there. */
export async function setPassword(clusters: Clusters, instance: string, name: string, password: string): Promise<void> {
  await withRights(clusters, instance, async (admin) => {
    await declareUser(admin, { name, password }, []);
  });
}

async function declare(clusters: Clusters, inputs: Properties, before: Properties | undefined): Promise<void> {
  const { instance, name, type } = declaration.parse(inputs);
  if ((type ?? "BUILT_IN") !== "BUILT_IN") {
    throw new SqlRefusedError(
      `user "${name}" of instance "${instance}": cannot log in to the local cloud (type "${type}"): there is no IAM login here; expected type "BUILT_IN". Declare it in the cloud's stacks only.`,
    );
  }
  const user = userDeclaration(inputs);
  const kept = declaredRoles(user);
  const revoked =
    before === undefined ? [] : declaredRoles(userDeclaration(before)).filter((role) => !kept.includes(role));
  const verb = before === undefined ? "insert" : "update";
  try {
    await withRights(clusters, instance, async (admin) => {
      if (before === undefined) await refuseGroupRole(admin, name);
      await declareUser(admin, user, revoked);
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError || error instanceof SqlRefusedError)) throw error;
    throw new SqlRefusedError(
      `Error, failed to ${verb} user ${name} into instance ${instance}: googleapi: Error 400: Invalid request: ${databaseWords(error)}, invalid`,
      { cause: error },
    );
  }
}

/** The instance's own policy, where it has one on. Never shows the password. */
function refuseWeakPassword(inputs: Properties, settingsOf: (instance: string) => InstanceSettings | undefined): void {
  const { instance, name, password, passwordWo } = declaration.parse(inputs);
  const policy = settingsOf(instance)?.passwordValidationPolicy;
  const value = password ?? passwordWo ?? undefined;
  if (policy?.enablePasswordPolicy !== true || value === undefined) return;
  const { minLength = 0, complexity, disallowUsernameSubstring } = policy;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/];
  const wrong = [
    ...(value.length < minLength ? [`shorter than ${minLength} characters`] : []),
    ...(complexity === "COMPLEXITY_DEFAULT" && !kinds.every((kind) => kind.test(value))
      ? ["without a lower-case letter, an upper-case letter, a digit or another character"]
      : []),
    ...(disallowUsernameSubstring === true && value.includes(name) ? ["with the login's name in it"] : []),
  ];
  if (wrong.length === 0) return;
  throw new SqlRefusedError(
    `Error, failed to set the password of user ${name} in instance ${instance}: googleapi: Error 400: Invalid request: the password does not meet the instance's password policy: ${wrong.join(", ")}., invalid`,
  );
}

/** A user that is there is taken over, as Google does with `postgres`; a role without login is somebody else's. */
async function refuseGroupRole(admin: pg.Client, name: string): Promise<void> {
  const { rows } = await admin.query("SELECT FROM pg_roles WHERE rolname = $1 AND NOT rolcanlogin", [name]);
  if (rows.length > 0) throw new SqlRefusedError(`role "${name}" already exists and is no login`);
}

async function dropUser(clusters: Clusters, instance: string, name: string): Promise<void> {
  try {
    await withRights(clusters, instance, async (admin) => {
      await admin.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(name)}`);
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new SqlRefusedError(
      `Error, failed to delete user ${name} in instance ${instance}: googleapi: Error 400: Invalid request: failed to delete user ${name}: . ${databaseWords(error)}, invalid`,
      { cause: error },
    );
  }
}

async function canLogIn(clusters: Clusters, instance: string, name: string): Promise<boolean> {
  return await clusters.exclusively(instance, async () => {
    const admin = await clusters.connectAsAdmin(instance);
    try {
      const { rows } = await admin.query("SELECT FROM pg_roles WHERE rolname = $1 AND rolcanlogin", [name]);
      return rows.length > 0;
    } finally {
      await admin.end();
    }
  });
}

/** Roles are changed by others at the same time (grants of the same role): PostgreSQL then asks to try again. */
async function withRights(
  clusters: Clusters,
  instance: string,
  work: (admin: pg.Client) => Promise<void>,
): Promise<void> {
  await clusters.exclusively(instance, async () => {
    // From there Google works too: what a role owns in it is named when the role cannot be dropped.
    const admin = await clusters.connectAsAdmin(instance, "postgres");
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await asCloudSqlSuperuser(admin, async () => {
            await work(admin);
          });
          return;
        } catch (error) {
          const concurrent = error instanceof pg.DatabaseError && error.message === "tuple concurrently updated";
          if (!concurrent || attempt === 5) throw error;
        }
      }
    } finally {
      await admin.end();
    }
  });
}

function userDeclaration(inputs: Properties): UserDeclaration {
  const { name, password, passwordWo, databaseRoles } = declaration.parse(inputs);
  // The provider takes an empty list for none given.
  const roles = databaseRoles !== null && databaseRoles?.length !== 0 ? databaseRoles : undefined;
  return { name, password: password ?? passwordWo ?? undefined, databaseRoles: roles };
}

function userProblems(inputs: Properties): CheckProblem[] {
  const { name, type, host, deletionPolicy } = declaration.parse(inputs);
  const problems = [
    ...oneOf("type", type ?? undefined, types),
    ...oneOf("deletionPolicy", deletionPolicy ?? undefined, deletionPolicies),
  ];
  if ("name" in inputs && !isIdentifier(name)) {
    problems.push(problem("name", "is not a name that PostgreSQL keeps whole", name, "1 to 63 bytes"));
  }
  if (isReservedRole(name)) {
    problems.push(
      problem("name", "is kept for the service and PostgreSQL", name, "a name without cloudsql or pg_ before"),
    );
  }
  if (host !== undefined && host !== null && host !== "") {
    problems.push(problem("host", "is for MySQL", host, "no value"));
  }
  return problems;
}

function userOutputs(inputs: Properties, scope: Scope): Properties {
  const { host, project } = declaration.parse(inputs);
  return {
    deletionPolicy: "DELETE",
    ...inputs,
    host: host ?? "",
    project: project ?? scope.project,
    iamEmail: "",
    sqlServerUserDetails: [],
  };
}
