// gcp.sql.Database: a database of an instance, owned by cloudsqlsuperuser.
import pg from "pg";
import { z } from "zod";
import type { Clusters } from "../postgres/clusters.ts";
import { databaseWords, superuserRole } from "../postgres/rights.ts";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import type { Properties } from "../store.ts";
import { deletionPolicies, isIdentifier, selfLink } from "./sql-names.ts";
import { mayDelete, SqlRefusedError } from "./sql-refusal.ts";
import { oneOf, problem } from "./sql-value-rules.ts";

const declaration = z.object({
  name: z.string().default(""),
  instance: z.string().default(""),
  project: z.string().nullish(),
  charset: z.string().nullish(),
  collation: z.string().nullish(),
  deletionPolicy: z.string().nullish(),
});

/** The only ones that Cloud SQL for PostgreSQL takes when a database is made. */
const charset = "UTF8";
const collation = "en_US.UTF8";

export function databaseKind(clusters: Clusters): Kind {
  return {
    grade: "real",
    check: databaseProblems,
    idOf: (inputs, scope) => databaseId(inputs, scope),
    async create(inputs, scope) {
      const { instance, name } = declaration.parse(inputs);
      await withInstance(clusters, instance, async (admin) => {
        const owner = await ownerOf(admin, name);
        // Owned by cloudsqlsuperuser: made by this create before it was interrupted.
        if (owner === superuserRole && name !== "postgres" && name !== "template1") return;
        if (owner !== undefined) {
          throw new SqlRefusedError(
            `Error, failed to insert database ${name} into instance ${instance}: googleapi: Error 400: Invalid request: failed to create database ${name}. Detail: pq: database "${name}" already exists., invalid`,
          );
        }
        await admin.query(`SET ROLE ${superuserRole}`);
        await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} ENCODING 'UTF8' TEMPLATE template0`);
      });
      return databaseOutputs(inputs, scope);
    },
    async read(_id, known) {
      const { instance, name } = declaration.parse(known.inputs);
      if (!clusters.exists(instance)) return undefined;
      if (clusters.isStopped(instance)) return known;
      let owner: string | undefined;
      await withInstance(clusters, instance, async (admin) => {
        owner = await ownerOf(admin, name);
      });
      return owner === undefined ? undefined : known;
    },
    update: async (_id, _olds, news, scope) => await Promise.resolve(databaseOutputs(news, scope)),
    async delete(_id, olds) {
      const { instance, name, deletionPolicy } = declaration.parse(olds.inputs);
      if (!mayDelete(`database ${name}`, deletionPolicy) || !clusters.exists(instance)) return;
      await withInstance(clusters, instance, async (admin) => {
        await admin.query(`SET ROLE ${superuserRole}`);
        await dropDatabase(admin, instance, name);
      });
    },
  };
}

async function dropDatabase(admin: pg.Client, instance: string, name: string): Promise<void> {
  try {
    await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    throw new SqlRefusedError(
      `Error, failed to delete database ${name} in instance ${instance}: googleapi: Error 400: Invalid request: failed to delete database "${name}". Detail: pq: ${databaseWords(error)}. (Please use psql client to delete database that is not owned by "cloudsqlsuperuser"), invalid`,
      { cause: error },
    );
  }
}

async function withInstance(
  clusters: Clusters,
  instance: string,
  work: (admin: pg.Client) => Promise<void>,
): Promise<void> {
  await clusters.exclusively(instance, async () => {
    const admin = await clusters.connectAsAdmin(instance);
    try {
      await work(admin);
    } finally {
      await admin.end();
    }
  });
}

async function ownerOf(admin: pg.Client, database: string): Promise<string | undefined> {
  const { rows } = await admin.query<{ owner: string }>(
    "SELECT datdba::regrole::text AS owner FROM pg_database WHERE datname = $1",
    [database],
  );
  return rows[0]?.owner;
}

function databaseProblems(inputs: Properties): CheckProblem[] {
  const { name, charset: set, collation: order, deletionPolicy } = declaration.parse(inputs);
  const problems = [
    ...oneOf("charset", set ?? undefined, [charset]),
    ...oneOf("collation", order ?? undefined, [collation]),
    ...oneOf("deletionPolicy", deletionPolicy ?? undefined, deletionPolicies),
  ];
  if ("name" in inputs && !isIdentifier(name)) {
    problems.push(problem("name", "is not a name that PostgreSQL keeps whole", name, "1 to 63 bytes"));
  }
  if (["cloudsqladmin", "template0", "template1"].includes(name)) {
    problems.push(problem("name", "is the service's own database", name, "another name"));
  }
  return problems;
}

function databaseId(inputs: Properties, scope: Scope): string {
  const { name, instance, project } = declaration.parse(inputs);
  return `projects/${project ?? scope.project}/instances/${instance}/databases/${name}`;
}

function databaseOutputs(inputs: Properties, scope: Scope): Properties {
  const { name, instance, project } = declaration.parse(inputs);
  const inProject = project ?? scope.project;
  return {
    charset,
    collation,
    deletionPolicy: "DELETE",
    ...inputs,
    project: inProject,
    selfLink: selfLink(inProject, "instances", instance, "databases", name),
  };
}
