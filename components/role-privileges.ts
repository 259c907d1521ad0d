/** The roles without login that hold all rights of the application's database. */
export interface PrivilegeRoles {
  /** Owns the schemas and what migrations create in them. */
  owner: string;
  readwrite: string;
  readonly: string;
}

export interface PrivilegeSchemas {
  /** Tables and functions of the application. */
  library: string;
  /** Extensions, apart from the application's own objects. */
  extensions: string;
  /** History of the migrations, out of the application's reach. */
  migrations: string;
}

/** Privileges of a role on the database itself, or on a schema. An empty list takes away what PostgreSQL gives by default. */
export interface Privilege {
  /** Logical name, unique in the list. */
  name: string;
  role: string;
  on: { kind: "database" } | { kind: "schema"; schema: string };
  privileges: readonly string[];
}

/** Privileges of a role on everything that the owner will create. */
export interface DefaultPrivilege {
  /** Logical name, unique in the list. */
  name: string;
  role: string;
  /** Schema, or "" for all. */
  schema: string;
  objectType: "table" | "sequence" | "function";
  privileges: readonly string[];
}

const PUBLIC = "public";

/** Who may connect and who may look into which schema: nobody but the three roles. */
export function privileges(roles: PrivilegeRoles, schemas: PrivilegeSchemas): Privilege[] {
  const connect = (name: string, role: string, granted: readonly string[]): Privilege => ({
    name: `connect-${name}`,
    role,
    on: { kind: "database" },
    privileges: granted,
  });
  const usage = (name: string, schema: string, role: string, granted: readonly string[]): Privilege => ({
    name: `usage-${name}`,
    role,
    on: { kind: "schema", schema },
    privileges: granted,
  });
  return [
    connect("public", PUBLIC, []),
    connect("owner", roles.owner, ["CONNECT"]),
    connect("readwrite", roles.readwrite, ["CONNECT"]),
    connect("readonly", roles.readonly, ["CONNECT"]),
    usage("public-public", "public", PUBLIC, []),
    usage("library-readwrite", schemas.library, roles.readwrite, ["USAGE"]),
    usage("library-readonly", schemas.library, roles.readonly, ["USAGE"]),
    usage("extensions-readwrite", schemas.extensions, roles.readwrite, ["USAGE"]),
    usage("extensions-readonly", schemas.extensions, roles.readonly, ["USAGE"]),
    usage("migrations-readonly", schemas.migrations, roles.readonly, ["USAGE"]),
  ];
}

/**
 * Rights on tables, sequences and functions come only from here, never from a grant on all tables: that one holds for the
 * tables of its day and is silently missing on the next.
 */
export function defaultPrivileges(roles: PrivilegeRoles, schemas: PrivilegeSchemas): DefaultPrivilege[] {
  const { library, migrations } = schemas;
  const { readwrite, readonly } = roles;
  const allOf = { table: ["SELECT", "INSERT", "UPDATE", "DELETE"], sequence: ["USAGE", "SELECT"] };
  return [
    // PostgreSQL lets everyone execute every function; the two roles get it back schema by schema.
    { name: "public-function", role: PUBLIC, schema: "", objectType: "function", privileges: [] },
    { name: "library-readwrite-table", role: readwrite, schema: library, objectType: "table", privileges: allOf.table },
    {
      name: "library-readwrite-sequence",
      role: readwrite,
      schema: library,
      objectType: "sequence",
      privileges: allOf.sequence,
    },
    {
      name: "library-readwrite-function",
      role: readwrite,
      schema: library,
      objectType: "function",
      privileges: ["EXECUTE"],
    },
    { name: "library-readonly-table", role: readonly, schema: library, objectType: "table", privileges: ["SELECT"] },
    {
      name: "library-readonly-sequence",
      role: readonly,
      schema: library,
      objectType: "sequence",
      privileges: ["SELECT"],
    },
    {
      name: "library-readonly-function",
      role: readonly,
      schema: library,
      objectType: "function",
      privileges: ["EXECUTE"],
    },
    // Drift and `verify` read the history as the verifier.
    {
      name: "migrations-readonly-table",
      role: readonly,
      schema: migrations,
      objectType: "table",
      privileges: ["SELECT"],
    },
  ];
}
