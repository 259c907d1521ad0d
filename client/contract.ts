import { z } from "zod";

/** The only shape of the contract that this version of the client reads. */
export const CONTRACT_VERSION = 1;

const text = z.string().min(1);
const endpoint = z.union([z.literal(""), z.url({ protocol: /^https?$/ })]);
const count = z.int().min(1);
const port = z.int().min(1).max(65535);
const secret = z.string().regex(/^projects\/[^/]+\/secrets\/[^/]+$/, "expected projects/PROJECT/secrets/NAME");
const prefix = z.string().regex(/^[^/].*\/$/, 'expected a folder name that ends in "/"');

const connection = z.discriminatedUnion("mode", [
  z.object({ mode: z.literal("direct"), host: text, port, tlsSecret: secret }),
  z.object({ mode: z.literal("cloudSqlConnector") }),
]);

const contractSchema = z.object({
  version: z.literal(CONTRACT_VERSION),
  environment: text,
  project: text,
  region: text,
  database: z.object({
    instance: text,
    connectionName: text,
    name: text,
    user: text,
    pooler: z.object({ host: text, port, user: text, passwordSecret: secret }),
    connection,
    // Contracts from before replicas were named have none.
    replicas: z.array(z.object({ instance: text, connectionName: text, connection })).default([]),
    passwordSecrets: z.record(z.string(), secret),
    passwordExpires: z.iso.datetime(),
    connectionShares: z.record(
      z.string(),
      z.object({ maxInstances: count, poolSize: count, reservePoolSize: count, maxDbConnections: count }),
    ),
    roles: z.object({ owner: text, readwrite: text, readonly: text }),
    logins: z.object({ migrator: text, verifier: text, application: z.array(text).min(1) }),
  }),
  bucket: z.object({
    name: text,
    location: text,
    prefixes: z.object({ audio: prefix, thumbnails: prefix, temp: prefix }),
  }),
  contentNetwork: z.object({ domain: text, address: z.ipv4(), keyName: text, keySecret: secret }).optional(),
  serviceAccount: z.object({ email: z.email() }),
  migrations: z.object({ version: z.string() }),
  endpoints: z.object({ storage: endpoint, iamCredentials: endpoint, secretManager: endpoint, management: endpoint }),
});

/** The way to a server: straight to its address with the certificates of a secret, or through Google's connector. */
export type ServerConnection =
  { mode: "direct"; host: string; port: number; tlsSecret: string } | { mode: "cloudSqlConnector" };

/** What the infrastructure promises to applications: addresses and names of secrets, never a secret's value. */
export interface Contract {
  /** Raised when a field goes or becomes another type. */
  version: 1;
  /** Kind of stack: dev, prod or local. */
  environment: string;
  /** Id of the Google project. */
  project: string;
  /** Google region of instance, bucket and service, as `us-central1`. */
  region: string;
  database: {
    /** Name of the Cloud SQL instance. */
    instance: string;
    /** `PROJECT:REGION:INSTANCE`, as Google's connectors take it. */
    connectionName: string;
    /** Name of the database. */
    name: string;
    /** The application's active login in the database (server side of the pooler). */
    user: string;
    /** What applications connect to: PgBouncer beside them. */
    pooler: { host: string; port: number; user: string; passwordSecret: string };
    /** How operators reach the server itself. */
    connection: ServerConnection;
    /** Copies that can be read, and nothing else, in the order in which they would be promoted; none has a pooler. */
    replicas: { instance: string; connectionName: string; connection: ServerConnection }[];
    /** Login -> Secret Manager secret (`projects/P/secrets/S`) that holds its password. */
    passwordSecrets: Record<string, string>;
    /** When the active login's password is due to be renewed, as `2026-01-31T12:00:00.000Z`; it does not stop working by itself. */
    passwordExpires: string;
    /** Consumer -> its instances at the most, and what the pooler of each may hold. The library's own service is `tracks`. */
    connectionShares: Record<
      string,
      { maxInstances: number; poolSize: number; reservePoolSize: number; maxDbConnections: number }
    >;
    /** Roles without login, by what they may do. */
    roles: { owner: string; readwrite: string; readonly: string };
    /** Logins by what they are for; the application has two, of which `user` serves. */
    logins: { migrator: string; verifier: string; application: string[] };
  };
  bucket: {
    /** Name of the bucket. */
    name: string;
    /** Its region. */
    location: string;
    /** Where each kind of object lives in the bucket; each ends in "/". */
    prefixes: { audio: string; thumbnails: string; temp: string };
  };
  /**
   * Delivers audio and thumbnails by signed URL under `https://DOMAIN`, whose A record is `address`; left out where objects are
   * delivered from the bucket. URLs are signed with the key of that name, whose value the secret holds.
   */
  contentNetwork?: { domain: string; address: string; keyName: string; keySecret: string } | undefined;
  /** The account that the service runs as, and that signs URLs. */
  serviceAccount: { email: string };
  /** The newest migration that has run, as `0033`. */
  migrations: { version: string };
  /** Addresses of Google's APIs; "" is Google's own. Only the local cloud fills them. */
  endpoints: { storage: string; iamCredentials: string; secretManager: string; management: string };
}

/** A contract that cannot be read; `problems` names every wrong property at once. */
export class ContractError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(
      `contract: ${problems.join("; ")}; expected version ${String(CONTRACT_VERSION)} as this client declares it. ` +
        "Print the deployed one with `npm run contract -- --stack NAME --format json` and hand that over unchanged.",
      options,
    );
    this.name = "ContractError";
    this.problems = problems;
  }
}

/** Reads a contract from JSON. Throws ContractError with all problems; properties it does not know are dropped. */
export function parseContract(json: string): Contract {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (cause) {
    throw new ContractError(["is not JSON"], { cause });
  }
  const version = z.object({ version: z.unknown() }).safeParse(raw).data?.version;
  if (version !== undefined && version !== CONTRACT_VERSION) {
    throw new ContractError([`has another version (${JSON.stringify(version)})`]);
  }
  const parsed = contractSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new ContractError(
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`),
    { cause: parsed.error },
  );
}
