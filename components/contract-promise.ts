// What applications were promised to find in the contract. A program that takes a field away, or makes another type of it, fails
// in preview, before anything changes: whoever means it raises the version in client/contract.ts, which old clients refuse by name.
import * as pulumi from "@pulumi/pulumi";

/** A value's kind; with "?" where one form of the contract has the field and another has not. */
type Kind = "text" | "number" | "list" | "text?" | "number?";

export interface ContractPromise {
  readonly version: number;
  /** By path; `*` stands for names that differ from stack to stack. A list is one field: its length is no promise. */
  readonly fields: Readonly<Record<string, Kind>>;
}

/** The present promise. A field is added here when it is added to the contract; none is removed while the version stays. */
export const contractPromise: ContractPromise = {
  version: 1,
  fields: {
    version: "number",
    environment: "text",
    project: "text",
    region: "text",
    "database.instance": "text",
    "database.connectionName": "text",
    "database.name": "text",
    "database.user": "text",
    "database.pooler.host": "text",
    "database.pooler.port": "number",
    "database.pooler.user": "text",
    "database.pooler.passwordSecret": "text",
    "database.connection.mode": "text",
    "database.connection.host": "text?",
    "database.connection.port": "number?",
    "database.connection.tlsSecret": "text?",
    "database.replicas": "list",
    "database.passwordSecrets.*": "text",
    "database.passwordExpires": "text",
    "database.connectionShares.*.maxInstances": "number",
    "database.connectionShares.*.poolSize": "number",
    "database.connectionShares.*.reservePoolSize": "number",
    "database.connectionShares.*.maxDbConnections": "number",
    "database.roles.owner": "text",
    "database.roles.readwrite": "text",
    "database.roles.readonly": "text",
    "database.logins.migrator": "text",
    "database.logins.verifier": "text",
    "database.logins.application": "list",
    "bucket.name": "text",
    "bucket.location": "text",
    "bucket.prefixes.audio": "text",
    "bucket.prefixes.thumbnails": "text",
    "bucket.prefixes.temp": "text",
    "contentNetwork.domain": "text?",
    "contentNetwork.address": "text?",
    "contentNetwork.keyName": "text?",
    "contentNetwork.keySecret": "text?",
    "serviceAccount.email": "text",
    "migrations.version": "text",
    "endpoints.storage": "text",
    "endpoints.iamCredentials": "text",
    "endpoints.secretManager": "text",
    "endpoints.management": "text",
  },
};

/** The contract of this program breaks what was promised. The engine prints it without a stack trace. */
export class ContractPromiseError extends pulumi.RunError {
  override readonly name = "ContractPromiseError";

  constructor(problems: readonly string[], { version }: ContractPromise) {
    super(
      [
        `contract: breaks the applications that read version ${version}; expected every field of it. ` +
          `Bring the fields back, or raise the version in client/contract.ts and write its fields into components/contract-promise.ts:`,
        ...problems.map((problem) => `  - ${problem}`),
      ].join("\n"),
    );
  }
}

/**
 * The contract as an output, held against the promise: at once for all that the program itself writes, and for values of the
 * cloud as soon as they are known, which in a stack that is up is in preview. Throws ContractPromiseError.
 */
export function kept<T>(contract: T): pulumi.Output<pulumi.Unwrap<T>> {
  hold(contract);
  return pulumi.output(contract).apply((known) => {
    hold(known);
    return known;
  });
}

function hold(contract: unknown): void {
  const problems = promiseProblems(contract, contractPromise);
  if (problems.length > 0) throw new ContractPromiseError(problems, contractPromise);
}

/** One sentence for each field that is gone or of another kind; none where the version is above the promised one. */
export function promiseProblems(contract: unknown, { version, fields }: ContractPromise): string[] {
  const present = at(contract, ["version"])[0]?.value;
  if (typeof present === "number" && present > version) return [];
  return Object.entries(fields).flatMap(([path, kind]) =>
    at(contract, path.split(".")).flatMap(({ name, value }) => problem(name, value, kind)),
  );
}

function problem(name: string, value: unknown, kind: Kind): string[] {
  const wanted = kind.replace("?", "");
  const mayLack = kind.endsWith("?");
  // What the cloud says is looked at when it has been said.
  if (pulumi.Output.isInstance(value) || (value === undefined && mayLack)) return [];
  if (value === undefined) return [`${name}: is gone; expected a ${wanted}`];
  return kindOf(value) === wanted ? [] : [`${name}: is now a ${kindOf(value)}; expected a ${wanted}`];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}

interface Field {
  readonly name: string;
  readonly value: unknown;
}

/** The fields at a path, each with its full name: several where a part is `*`. The first output on the way stands for all below it. */
function at(value: unknown, [part, ...rest]: readonly string[], name = ""): Field[] {
  if (part === undefined || pulumi.Output.isInstance(value)) return [{ name, value }];
  const inner = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const keys = part === "*" && Object.keys(inner).length > 0 ? Object.keys(inner) : [part];
  return keys.flatMap((key) => at(inner[key], rest, name === "" ? key : `${name}.${key}`));
}
