// Changes as a reviewer meets them, each as the events that the engine writes of it.
import type { MonthlyCost } from "../../cost/monthly-cost.ts";
import { markdown } from "../../report/markdown.ts";
import { readPreview } from "../../report/preview.ts";
import { type PreviewReport, previewReport } from "../../report/report.ts";

export interface Step {
  op: string;
  type: string;
  name: string;
  before?: object;
  after?: object;
  outputs?: object;
  protect?: boolean | readonly [boolean, boolean];
  keys?: string[];
  diffs?: string[];
}

interface Situation {
  steps: readonly Step[];
  /** Contract before and after. */
  contract?: readonly [unknown, unknown];
  costs?: { before?: MonthlyCost; after: MonthlyCost };
  diagnostics?: readonly { severity: string; message: string }[];
}

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";
const BUCKET = "gcp:storage/bucket:Bucket";
const MIGRATIONS = "pulumi-nodejs:dynamic/music-library:SchemaMigrations";
const labels = { application: "music-library", environment: "prod", "managed-by": "pulumi" };

const cost = (instanceDollars = 49.31): MonthlyCost => ({
  lines: [
    { group: "database", item: "instance", dollars: instanceDollars, arithmetic: "" },
    { group: "database", item: "disk", dollars: 3.4, arithmetic: "" },
  ],
  groups: { database: instanceDollars + 3.4, bucket: 0, network: 0, service: 0 },
  total: instanceDollars + 3.4,
  notes: [],
});
const instance = (settings: object): object => ({
  databaseVersion: "POSTGRES_15",
  deletionProtection: true,
  region: "us-central1",
  settings: {
    tier: "db-custom-1-3840",
    deletionProtectionEnabled: true,
    ipConfiguration: { ipv4Enabled: true, sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" },
    userLabels: labels,
    ...settings,
  },
});
const flags = (values: Record<string, string>): object =>
  instance({ databaseFlags: Object.entries(values).map(([name, value]) => ({ name, value })) });
const bucket = (properties: object = {}): object => ({
  name: "loist-music-library-audio",
  location: "us-central1",
  forceDestroy: false,
  uniformBucketLevelAccess: true,
  publicAccessPrevention: "enforced",
  labels,
  ...properties,
});
const file = (version: string, about: object = {}): object => ({
  version,
  file: `V${version}__change.up.sql`,
  sha256: version.repeat(16),
  transactional: true,
  statements: 1,
  lock: "",
  rewrites: 0,
  findings: [],
  ...about,
});
const migrations = (before: readonly object[], after: readonly object[], outputs: object = {}): Step => ({
  ...{ op: "update", type: MIGRATIONS, name: "migrations", protect: true },
  before: { files: before, seeds: [] },
  after: { files: after, seeds: [] },
  outputs: { applied: before, ...outputs },
});
const contract = (about: object = {}): object => ({
  version: 1,
  bucket: { name: "loist-music-library-audio" },
  database: { user: "music_library_user", pooler: { host: "127.0.0.1", port: 6432 } },
  migrations: { version: "0008" },
  ...about,
});

export const situations: Readonly<Record<string, Situation>> = {
  "nothing changes": {
    steps: [{ op: "same", type: BUCKET, name: "media-bucket", before: bucket(), after: bucket(), protect: true }],
    contract: [contract(), contract()],
    costs: { before: cost(), after: cost() },
  },
  "a first update": {
    steps: [
      { op: "create", type: INSTANCE, name: "instance-server", after: instance({}), protect: true },
      { op: "create", type: BUCKET, name: "media-bucket", after: bucket(), protect: true },
      {
        ...{ op: "create", type: MIGRATIONS, name: "migrations", protect: true },
        after: { files: [file("0001", { lock: "ACCESS EXCLUSIVE", statements: 7 })], seeds: [] },
      },
      {
        ...{ op: "create", type: "gcp:storage/bucketIAMMember:BucketIAMMember", name: "media-object-user" },
        after: { role: "roles/storage.objectUser", member: "serviceAccount:tracks@p.iam.gserviceaccount.com" },
      },
    ],
    contract: [undefined, UNKNOWN],
    costs: { after: cost() },
  },
  "flags change, one of which restarts": {
    steps: [
      {
        ...{ op: "update", type: INSTANCE, name: "instance-server", protect: true, diffs: ["settings"] },
        before: flags({ max_connections: "100", random_page_cost: "1.1" }),
        after: flags({ max_connections: "110", random_page_cost: "1.2" }),
      },
    ],
  },
  "a flag changes that restarts nothing": {
    steps: [
      {
        ...{ op: "update", type: INSTANCE, name: "instance-server", protect: true, diffs: ["settings"] },
        before: flags({ random_page_cost: "1.1" }),
        after: flags({ random_page_cost: "1.2" }),
      },
    ],
  },
  "a larger tier": {
    steps: [
      {
        ...{ op: "update", type: INSTANCE, name: "instance-server", protect: true, diffs: ["settings"] },
        before: instance({}),
        after: instance({ tier: "db-custom-2-7680" }),
      },
    ],
    costs: { before: cost(), after: cost(98.62) },
  },
  "the bucket is replaced": {
    steps: [
      ...["create-replacement", "replace", "delete-replaced"].map((op) => ({
        ...{ op, type: BUCKET, name: "media-bucket", protect: true, keys: ["name"], diffs: ["name"] },
        before: bucket(),
        ...(op === "delete-replaced" ? {} : { after: bucket({ name: "another-name" }) }),
      })),
    ],
    contract: [contract(), UNKNOWN],
  },
  "a database is deleted": {
    steps: [
      {
        op: "delete",
        type: "gcp:sql/database:Database",
        name: "administrator-database",
        before: { name: "music_library" },
      },
    ],
  },
  "SQL with a heavy lock, a rewrite and findings": {
    steps: [
      migrations(
        [file("0008")],
        [
          file("0008"),
          file("0009", { lock: "ACCESS EXCLUSIVE", rewrites: 1, statements: 2 }),
          file("0010", {
            transactional: false,
            lock: "SHARE UPDATE EXCLUSIVE",
            findings: [
              "V0010__change.up.sql:1:1: warning prefer-text-field: Changing the size of a varchar locks | the table.",
            ],
          }),
        ],
      ),
    ],
    contract: [contract(), contract({ migrations: { version: "0010" } })],
  },
  "a migration is taken back": { steps: [migrations([file("0008"), file("0009")], [file("0008")])] },
  "others have changed the schema": {
    steps: [migrations([file("0008")], [file("0008")], { drift: ["table library.by_hand: added"] })],
  },
  "a rule is broken": {
    steps: [
      {
        ...{ op: "update", type: BUCKET, name: "media-bucket", protect: true, diffs: ["publicAccessPrevention"] },
        before: bucket(),
        after: bucket({ publicAccessPrevention: "inherited" }),
      },
    ],
  },
  "the contract loses a field": {
    steps: [{ op: "same", type: BUCKET, name: "media-bucket", before: bucket(), after: bucket(), protect: true }],
    contract: [
      contract(),
      contract({ database: { user: "music_library_user", pooler: { host: "127.0.0.1", port: "6432" } }, bucket: {} }),
    ],
  },
  "the contract loses a field and says so": {
    steps: [{ op: "same", type: BUCKET, name: "media-bucket", before: bucket(), after: bucket(), protect: true }],
    contract: [contract(), contract({ version: 2, bucket: {} })],
  },
  "consumers must be deployed again": {
    steps: [{ op: "same", type: BUCKET, name: "media-bucket", before: bucket(), after: bucket(), protect: true }],
    contract: [
      contract(),
      contract({ database: { user: "music_library_user_b", pooler: { host: "127.0.0.1", port: 6432 } } }),
    ],
  },
  "somebody gets a right": {
    steps: [
      {
        ...{ op: "create", type: "gcp:cloudrunv2/serviceIamMember:ServiceIamMember", name: "tracks-invoker" },
        after: { role: "roles/run.invoker", member: "group:partners@loist.example" },
      },
    ],
  },
  "locks are opened": {
    steps: [
      {
        ...{
          op: "update",
          type: INSTANCE,
          name: "instance-server",
          protect: [true, false],
          diffs: ["deletionProtection"],
        },
        before: instance({}),
        after: { ...instance({}), deletionProtection: false },
      },
    ],
  },
  "a password is renewed": {
    steps: [
      ...["create-replacement", "replace", "delete-replaced"].map((op) => ({
        ...{ op, type: "gcp:secretmanager/secretVersion:SecretVersion", name: "logins-music_library_user_b-version" },
        ...{ keys: ["secretData"], diffs: ["secretData"], protect: true },
        before: { secretData: "old hunter2", secret: "projects/p/secrets/s" },
        ...(op === "delete-replaced" ? {} : { after: { secretData: "new hunter2", secret: "projects/p/secrets/s" } }),
      })),
    ],
  },
  "the preview fails": {
    steps: [],
    diagnostics: [
      {
        severity: "error",
        message:
          '1 problem in the configuration of stack "prod":\n  - tier: is none of the values ("db-huge"); expected another.\n\n',
      },
    ],
  },
  "more than fits into a comment": {
    steps: Array.from({ length: 3000 }, (_, index) => ({
      ...{ op: "create", type: "gcp:secretmanager/secret:Secret", name: `secret-${index}`, protect: true },
      after: { labels },
    })),
  },
};

/** Where the comment of a situation is kept, below tests/stack/golden/preview. */
export function goldenFile(name: string): string {
  return `${name.replaceAll(/[^a-zA-Z]+/g, "-").toLowerCase()}.md`;
}

/** Situations whose comment is kept; the other is too long to be read. */
export const goldenSituations = Object.keys(situations).filter((name) => name !== "more than fits into a comment");

/** The report of a situation, in stack prod. */
export function reportOf(name: string): PreviewReport {
  const situation = situations[name];
  if (situation === undefined) throw new Error(`situation "${name}": is not among them`);
  return previewReport({
    preview: readPreview(eventsOf(situation)),
    costs: situation.costs ?? { before: cost(), after: cost() },
  });
}

/** The comment of a situation. */
export function commentOf(name: string): string {
  return markdown(reportOf(name));
}

const urn = (type: string, name: string): string => `urn:pulumi:prod::music-library::${type}::${name}`;

export function eventsOf({
  steps,
  contract: [before, after] = [undefined, undefined],
  diagnostics = [],
}: Situation): string {
  const stack = { urn: urn("pulumi:pulumi:Stack", "music-library-prod"), type: "pulumi:pulumi:Stack" };
  const side = (value: object | undefined, protect: boolean, outputs: object = {}): object | null =>
    value === undefined ? null : { protect, inputs: value, outputs };
  const events = [
    { preludeEvent: { config: { "gcp:project": "loist-music-library" } } },
    {
      resourcePreEvent: {
        metadata: { op: before === undefined ? "create" : "same", ...stack, old: null, new: { inputs: {} } },
      },
    },
    ...steps.map(({ op, type, name, before: old, after: next, outputs, protect = false, keys, diffs }) => {
      const [was, is] = typeof protect === "boolean" ? [protect, protect] : protect;
      const states = { old: side(old, was, outputs), new: side(next, is) };
      return {
        resourcePreEvent: { metadata: { op, urn: urn(type, name), type, ...states, keys, diffs, detailedDiff: null } },
      };
    }),
    {
      resOutputsEvent: {
        metadata: {
          op: "same",
          ...stack,
          old: { outputs: { contract: before } },
          new: { outputs: { contract: after } },
        },
      },
    },
    ...diagnostics.map((diagnosticEvent) => ({ diagnosticEvent })),
    { summaryEvent: { result: diagnostics.length > 0 ? "failed" : "succeeded" } },
  ];
  return events.map((event) => JSON.stringify(event)).join("\n");
}
