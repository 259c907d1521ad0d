import { GoogleAuth } from "google-auth-library";
import type { Contract } from "./contract.ts";

/** Where a setting's value comes from. */
export type SettingSource = "parameter" | "contract" | "environment" | "application default credentials" | "default";

interface Definition {
  /** Environment variables, the first that is not empty; those of the contract are named as `npm run contract` prints them. */
  environment: readonly string[];
  contract?: (contract: Contract) => string | number | undefined;
  default?: string;
}

const variable = (name: string) => [`MUSIC_LIBRARY_${name}`];

const DEFINITIONS = {
  project: { environment: [...variable("PROJECT"), "GOOGLE_CLOUD_PROJECT"], contract: ({ project }) => project },
  serviceAccount: { environment: variable("SERVICE_ACCOUNT_EMAIL"), contract: (it) => it.serviceAccount.email },
  bucket: { environment: variable("BUCKET_NAME"), contract: (it) => it.bucket.name },
  audioPrefix: {
    environment: variable("BUCKET_PREFIXES_AUDIO"),
    contract: (it) => it.bucket.prefixes.audio,
    default: "audio/",
  },
  thumbnailsPrefix: {
    environment: variable("BUCKET_PREFIXES_THUMBNAILS"),
    contract: (it) => it.bucket.prefixes.thumbnails,
    default: "thumbnails/",
  },
  tempPrefix: {
    environment: variable("BUCKET_PREFIXES_TEMP"),
    contract: (it) => it.bucket.prefixes.temp,
    default: "temp/",
  },
  storageEndpoint: {
    environment: [...variable("ENDPOINTS_STORAGE"), "STORAGE_EMULATOR_HOST"],
    contract: (it) => it.endpoints.storage,
  },
  iamCredentialsEndpoint: {
    environment: variable("ENDPOINTS_IAM_CREDENTIALS"),
    contract: (it) => it.endpoints.iamCredentials,
  },
  databaseName: { environment: variable("DATABASE_NAME"), contract: (it) => it.database.name },
  databaseUser: { environment: variable("DATABASE_USER"), contract: (it) => it.database.user },
  databasePassword: { environment: variable("DATABASE_PASSWORD") },
  connectionName: { environment: variable("DATABASE_CONNECTION_NAME"), contract: (it) => it.database.connectionName },
  serverHost: {
    environment: variable("DATABASE_CONNECTION_HOST"),
    contract: ({ database: { connection } }) => (connection.mode === "direct" ? connection.host : undefined),
  },
  serverPort: {
    environment: variable("DATABASE_CONNECTION_PORT"),
    contract: ({ database: { connection } }) => (connection.mode === "direct" ? connection.port : undefined),
  },
  poolerHost: { environment: variable("DATABASE_POOLER_HOST"), contract: (it) => it.database.pooler.host },
  poolerPort: { environment: variable("DATABASE_POOLER_PORT"), contract: (it) => it.database.pooler.port },
  poolerUser: { environment: variable("DATABASE_POOLER_USER"), contract: (it) => it.database.pooler.user },
  poolerPassword: { environment: ["POOLER_PASSWORD"] },
} as const satisfies Record<string, Definition>;

/** Everything that can be set, as `poolerHost`; `LibrarySettings.sources()` lists all of them. */
export type SettingName = keyof typeof DEFINITIONS;
const NAMES = Object.keys(DEFINITIONS) as SettingName[];

/** What application default credentials know without being told. */
export interface ApplicationDefaults {
  project?: string | undefined;
  serviceAccount?: string | undefined;
}

/** The places in which settings are looked for, the first that has a value wins. */
export interface SettingsOptions {
  parameters?: Partial<Record<SettingName, string>>;
  contract?: Contract;
  /** Environment variables; the process's own unless given. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Asked only for what nothing else names; Google's library unless given. */
  applicationDefaults?: () => Promise<ApplicationDefaults>;
}

/** Something that was asked for is set nowhere; all of it at once. */
export class MissingSettingsError extends Error {
  readonly missing: readonly SettingName[];

  constructor(purpose: string, missing: readonly SettingName[]) {
    const ways = missing.map((name) => `${name} (${DEFINITIONS[name].environment.join(" or ")})`);
    super(
      `settings for ${purpose}: not set: ${ways.join(", ")}; expected each as a parameter, in the contract or in the ` +
        "environment. Set what is named.",
    );
    this.name = "MissingSettingsError";
    this.missing = missing;
  }
}

/** Values of settings with their sources. Shows sources when printed or serialised, never a value. */
export class LibrarySettings {
  readonly #values: ReadonlyMap<SettingName, { value: string; source: SettingSource; variable?: string }>;

  constructor(values: ReadonlyMap<SettingName, { value: string; source: SettingSource; variable?: string }>) {
    this.#values = values;
  }

  /** The value; undefined where nothing sets it. */
  get(name: SettingName): string | undefined {
    return this.#values.get(name)?.value;
  }

  /** Where the value is from; undefined where there is none. */
  sourceOf(name: SettingName): SettingSource | undefined {
    return this.#values.get(name)?.source;
  }

  /** Each setting with its source, and with the variable where it is from the environment. */
  sources(): Record<SettingName, string> {
    const of = (name: SettingName) => {
      const found = this.#values.get(name);
      if (found === undefined) return "not set";
      return found.variable === undefined ? found.source : `${found.source} (${found.variable})`;
    };
    return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Record<SettingName, string>;
  }

  /** Those of `names` that are not set, or set to nothing. */
  missing(names: readonly SettingName[]): SettingName[] {
    return names.filter((name) => (this.get(name) ?? "") === "");
  }

  /** All of `names`. Throws MissingSettingsError. */
  require<Name extends SettingName>(purpose: string, names: readonly Name[]): Record<Name, string> {
    const missing = this.missing(names);
    if (missing.length > 0) throw new MissingSettingsError(purpose, missing);
    return Object.fromEntries(names.map((name) => [name, this.get(name) ?? ""])) as Record<Name, string>;
  }

  /** Sources, as `sources()`: a value never reaches a log by being serialised. */
  toJSON(): Record<SettingName, string> {
    return this.sources();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): Record<SettingName, string> {
    return this.sources();
  }
}

/** Resolves each setting: parameters, then the contract, the environment, application default credentials, the default. */
export async function resolveSettings(options: SettingsOptions): Promise<LibrarySettings> {
  const { parameters = {}, contract, environment = process.env } = options;
  const values = new Map<SettingName, { value: string; source: SettingSource; variable?: string }>();
  for (const name of NAMES) {
    const definition: Definition = DEFINITIONS[name];
    const declared = contract === undefined ? undefined : definition.contract?.(contract);
    const variableName = definition.environment.find((candidate) => (environment[candidate] ?? "") !== "");
    const parameter = parameters[name];
    if (parameter !== undefined) values.set(name, { value: parameter, source: "parameter" });
    // An empty text in the contract says something: Google's own address.
    else if (declared !== undefined) values.set(name, { value: String(declared), source: "contract" });
    else if (variableName !== undefined) {
      values.set(name, { value: environment[variableName] ?? "", source: "environment", variable: variableName });
    } else if (definition.default !== undefined) values.set(name, { value: definition.default, source: "default" });
  }
  if (!values.has("project") || !values.has("serviceAccount")) {
    const defaults = await (options.applicationDefaults ?? googleDefaults)();
    for (const name of ["project", "serviceAccount"] as const) {
      const value = defaults[name];
      if (value === undefined || value === "" || values.has(name)) continue;
      values.set(name, { value, source: "application default credentials" });
    }
  }
  return new LibrarySettings(values);
}

/** Absent credentials are no error here: what they would have told stays unset. */
async function googleDefaults(): Promise<ApplicationDefaults> {
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const [project, credentials] = await Promise.all([
    auth.getProjectId().catch(() => undefined),
    auth.getCredentials().catch(() => undefined),
  ]);
  return { project, serviceAccount: credentials?.client_email };
}
