import { createHash } from "node:crypto";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import type { PostgresAdministrator } from "./postgres-administrator.ts";
import type { PostgresInstance } from "./postgres-instance.ts";
import { defaultPrivileges, privileges, type PrivilegeRoles, type PrivilegeSchemas } from "./role-privileges.ts";

export interface PostgresRolesArgs {
  instance: PostgresInstance;
  administrator: PostgresAdministrator;
  /** Roles without login. A changed name replaces the role. */
  roles: PrivilegeRoles;
  /** Schemas, all owned by `roles.owner`. A changed name renames the schema. */
  schemas: PrivilegeSchemas;
  /** Extensions in `schemas.extensions`; each must be trusted, because nobody here is a superuser. */
  extensions: readonly string[];
  /** Adds the extension that Cloud SQL's audit log needs; the instance must have its flag. */
  pgauditEnabled: boolean;
}

type Inside = Required<Pick<pulumi.CustomResourceOptions, "parent" | "provider" | "deletedWith" | "replaceWith">>;

/**
 * Roles without login, their schemas and extensions, and who may do what. PUBLIC has nothing, no role is a superuser, and
 * rights on tables come from the owner's default privileges. Logins are PostgresLogins, tables are migrations.
 */
export class PostgresRoles extends pulumi.ComponentResource {
  /** Names of the roles, known once they exist. */
  readonly names: { [role in keyof PrivilegeRoles]: pulumi.Output<string> };
  /** Stands for schemas, extensions and rights as declared: another one means that they change. */
  readonly declared: string;

  constructor(name: string, args: PostgresRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:database:PostgresRoles", name, {}, opts);
    const { administrator, roles, schemas } = args;
    const installed = args.pgauditEnabled ? [...args.extensions, "pgaudit"] : args.extensions;
    const rights = [privileges(roles, schemas), defaultPrivileges(roles, schemas)];
    this.declared = createHash("sha256")
      .update(JSON.stringify([schemas, installed, rights]))
      .digest("hex");
    const inside: Inside = { parent: this, provider: administrator.provider, ...args.instance.sharedFate };
    const database = administrator.database.name;

    const role = (key: keyof PrivilegeRoles): postgresql.Role =>
      new postgresql.Role(`${name}-${key}`, { name: args.roles[key], login: false }, inside);
    const [owner, readwrite, readonly] = [role("owner"), role("readwrite"), role("readonly")];
    this.names = { owner: owner.name, readwrite: readwrite.name, readonly: readonly.name };

    const schema = (key: keyof PrivilegeSchemas): postgresql.Schema =>
      new postgresql.Schema(`${name}-${key}`, { name: args.schemas[key], database, owner: owner.name }, inside);
    const [library, extensions, migrations] = [schema("library"), schema("extensions"), schema("migrations")];
    for (const extension of installed) {
      new postgresql.Extension(`${name}-${extension}`, { name: extension, database, schema: extensions.name }, inside);
    }
    const all = { ...inside, dependsOn: [owner, readwrite, readonly, library, extensions, migrations] };
    this.grant(name, args, database, all);
    this.registerOutputs(this.names);
  }

  private grant(
    name: string,
    { roles, schemas }: PostgresRolesArgs,
    database: pulumi.Output<string>,
    opts: pulumi.CustomResourceOptions,
  ): void {
    for (const { name: purpose, role, on, privileges: granted } of privileges(roles, schemas)) {
      const where = on.kind === "schema" ? { objectType: "schema", schema: on.schema } : { objectType: "database" };
      new postgresql.Grant(`${name}-${purpose}`, { role, database, ...where, privileges: [...granted] }, opts);
    }
    for (const { name: purpose, role, schema, objectType, privileges: granted } of defaultPrivileges(roles, schemas)) {
      new postgresql.DefaultPrivileges(
        `${name}-default-${purpose}`,
        {
          owner: this.names.owner,
          role,
          database,
          ...(schema === "" ? {} : { schema }),
          objectType,
          privileges: [...granted],
        },
        opts,
      );
    }
  }
}
