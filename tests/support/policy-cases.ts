// Graphs that break a rule of policy/, each with its message, and graphs that keep it. Every resource here keeps all other rules.
import type { Graph, GraphResource } from "../../policy/graph.ts";
import { contentCases } from "./policy-content-cases.ts";

const labels = { environment: "prod", application: "music-library", "managed-by": "pulumi" };
const SQL = "gcp:sql/databaseInstance:DatabaseInstance";
const BUCKET = "gcp:storage/bucket:Bucket";
const PROVIDER = "pulumi:providers:postgresql";
const password = "correct horse battery";

/** A resource that keeps every rule, with changes. `undefined` takes an input away. */
type Change = Record<string, unknown>;
const server = (settings: Change = {}, inputs: Change = {}, protect = true): GraphResource => ({
  ...{ type: SQL, name: "server", protect },
  inputs: {
    ...{ region: "us-central1", deletionProtection: true, ...inputs },
    settings: {
      ...{ deletionProtectionEnabled: true, userLabels: labels },
      ipConfiguration: { sslMode: "ENCRYPTED_ONLY", ipv4Enabled: true },
      ...settings,
    },
  },
});
const bucket = (inputs: Change = {}, protect = true): GraphResource => ({
  ...{ type: BUCKET, name: "bucket", protect },
  inputs: {
    ...{ location: "us-central1", publicAccessPrevention: "enforced", uniformBucketLevelAccess: true },
    ...{ forceDestroy: false, labels, ...inputs },
  },
});
const service = (inputs: Change = {}): GraphResource => ({
  ...{ type: "gcp:cloudrunv2/service:Service", name: "service" },
  inputs: { location: "us-central1", deletionProtection: true, labels, template: { labels }, ...inputs },
});
const grant = (type: string, inputs: Change): GraphResource => ({ type, name: "grant", inputs });
const onProject = (role: string, member = "group:team@example.org"): GraphResource =>
  grant("gcp:projects/iAMMember:IAMMember", { role, member, project: "music" });
const onBucket = (role: string, member = "group:team@example.org"): GraphResource =>
  grant("gcp:storage/bucketIAMMember:BucketIAMMember", { role, member, bucket: "audio" });
const firewall = (inputs: Change): GraphResource => ({
  ...{ type: "gcp:compute/firewall:Firewall", name: "firewall" },
  inputs: { labels, ...inputs },
});
const login = (inputs: Change): GraphResource => ({ type: PROVIDER, name: "administrator", inputs });
const stored: GraphResource = {
  ...{ type: "gcp:secretmanager/secretVersion:SecretVersion", name: "version" },
  inputs: { secretData: password },
};
const secret = (name: string, protect: boolean): GraphResource => ({
  ...{ type: "gcp:secretmanager/secret:Secret", name, protect },
  inputs: { labels },
});

/** Another stack than prod; outputs that are not empty. */
export type Surroundings = Partial<Omit<Graph, "resources">>;
/** With the message that it gets. */
type Breaking = [what: string, resources: readonly GraphResource[], message: string, around?: Surroundings];
export interface Cases {
  breaking: Breaking[];
  keeping: [what: string, resources: readonly GraphResource[], around?: Surroundings][];
}

/** By rule, in the order of the rules. */
export const policyCases: Readonly<Record<string, Cases>> = {
  "no-public-address-range": {
    breaking: [
      [
        "an office's network at the database",
        [server({ ipConfiguration: { sslMode: "ENCRYPTED_ONLY", authorizedNetworks: [{ value: "203.0.113.0/24" }] } })],
        `${SQL} "server": lets networks in (1 authorised); expected none, because Google's connectors need none. Remove authorizedNetworks.`,
      ],
      [
        "a firewall that is open to all of version 6",
        [firewall({ sourceRanges: ["10.0.0.0/8", "::/0"] })],
        'gcp:compute/firewall:Firewall "firewall": lets every address in at sourceRanges.1 (::/0); expected the ranges that need it. Name them, or remove the range.',
      ],
    ],
    keeping: [
      [
        "an empty list of networks",
        [server({ ipConfiguration: { sslMode: "ENCRYPTED_ONLY", authorizedNetworks: [] } })],
      ],
      [
        "a firewall for one range, and a way out to everywhere",
        [firewall({ sourceRanges: ["10.0.0.0/8"], destinationRanges: ["0.0.0.0/0"] })],
      ],
    ],
  },
  "no-public-bucket": {
    breaking: [
      [
        "a bucket that inherits whether it can be public",
        [bucket({ publicAccessPrevention: "inherited" })],
        `${BUCKET} "bucket": could be made public (publicAccessPrevention inherited); expected enforced. Set it.`,
      ],
      [
        "a bucket with access lists of objects",
        [bucket({ uniformBucketLevelAccess: false })],
        `${BUCKET} "bucket": could be made public (uniformBucketLevelAccess false); expected true. Set it.`,
      ],
      [
        "an access list",
        [grant("gcp:storage/objectACL:ObjectACL", { labels })],
        'gcp:storage/objectACL:ObjectACL "grant": is an access list (gcp:storage/objectACL:ObjectACL); expected grants on the bucket or a managed folder. Remove it.',
      ],
    ],
    keeping: [
      ["a closed bucket", [bucket()]],
      ["a grant on it", [onBucket("roles/storage.objectUser")]],
    ],
  },
  "no-public-member": {
    breaking: [
      [
        "a service that everybody may call",
        [grant("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", { role: "roles/run.invoker", member: "allUsers" })],
        'gcp:cloudrunv2/serviceIamMember:ServiceIamMember "grant": grants to everybody (allUsers); expected a user, group, service account or domain. Name who needs it.',
      ],
      [
        "a binding with everybody who has an account",
        [
          grant("gcp:storage/bucketIAMBinding:BucketIAMBinding", {
            role: "r",
            labels,
            members: ["group:a@b.c", "allAuthenticatedUsers"],
          }),
        ],
        'gcp:storage/bucketIAMBinding:BucketIAMBinding "grant": grants to everybody (allAuthenticatedUsers); expected a user, group, service account or domain. Name who needs it.',
      ],
    ],
    keeping: [
      ["a group", [onBucket("roles/storage.objectUser")]],
      ["a member that is not known yet", [onBucket("r", "[unknown]")]],
    ],
  },
  "encryption-in-transit": {
    breaking: [
      [
        "a server that takes connections in clear",
        [server({ ipConfiguration: { sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED" } })],
        `${SQL} "server": can be spoken to in clear (sslMode ALLOW_UNENCRYPTED_AND_ENCRYPTED); expected TRUSTED_CLIENT_CERTIFICATE_REQUIRED or ENCRYPTED_ONLY. Set sslMode.`,
      ],
      [
        "a server without a word about it",
        [server({ ipConfiguration: {} })],
        `${SQL} "server": can be spoken to in clear (sslMode not set); expected TRUSTED_CLIENT_CERTIFICATE_REQUIRED or ENCRYPTED_ONLY. Set sslMode.`,
      ],
      [
        "an administrator who prefers encryption only",
        [login({ host: "10.0.0.3", sslmode: "prefer" })],
        `${PROVIDER} "administrator": can be spoken to in clear (sslmode prefer); expected require or verify-ca or verify-full. Set sslmode.`,
      ],
    ],
    keeping: [
      ["encrypted only", [server()]],
      [
        "with a client certificate only",
        [server({ ipConfiguration: { sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" } })],
      ],
      ["an administrator with a verified server", [login({ sslmode: "verify-ca" })]],
      ["an administrator through the connector", [login({ scheme: "gcppostgres" })]],
    ],
  },
  "content-by-signature": contentCases,
  "protected-in-prod": {
    breaking: [
      [
        "a bucket without protection",
        [bucket({}, false)],
        `${BUCKET} "bucket": holds or guards data and could be deleted (protect false); expected protect true. Set protectResources.`,
      ],
      [
        "a login's secret without protection",
        [secret("logins-secret", false)],
        'gcp:secretmanager/secret:Secret "logins-secret": holds or guards data and could be deleted (protect false); expected protect true. Set protectResources.',
      ],
      [
        "an instance that Google would delete",
        [server({ deletionProtectionEnabled: false })],
        `${SQL} "server": has a lock open at settings.deletionProtectionEnabled (false); expected true. Close it.`,
      ],
      [
        "an instance that the provider would delete",
        [server({}, { deletionProtection: false })],
        `${SQL} "server": has a lock open at deletionProtection (false); expected true. Close it.`,
      ],
      ...["gcp:sql/user:User", "gcp:kms/cryptoKey:CryptoKey"].map((type): Breaking => [
        `a ${type} without protection`,
        [grant(type, { labels })],
        `${type} "grant": holds or guards data and could be deleted (protect false); expected protect true. Set protectResources.`,
      ]),
      [
        "a bucket that goes with its objects",
        [bucket({ forceDestroy: true })],
        `${BUCKET} "bucket": has a lock open at forceDestroy (true); expected false. Close it.`,
      ],
      [
        "a service without the provider's lock",
        [service({ deletionProtection: undefined })],
        'gcp:cloudrunv2/service:Service "service": has a lock open at deletionProtection (not set); expected true. Close it.',
      ],
    ],
    keeping: [
      ["all locks on", [server(), bucket(), service(), secret("logins-secret", true)]],
      ["the pooler's secrets, which are made anew", [secret("pooler-config-secret", false)]],
      [
        "another stack without locks",
        [bucket({ forceDestroy: true, labels: { ...labels, environment: "dev" } }, false)],
        { stack: "dev" },
      ],
    ],
  },
  labelled: {
    breaking: [
      [
        "an instance with labels of another stack",
        [server({ userLabels: { ...labels, environment: "dev" } })],
        `${SQL} "server": lacks the label environment at settings.userLabels (dev); expected prod. Give it the stack's labels.`,
      ],
      [
        "a service whose instances have none",
        [service({ template: { labels: { ...labels, "managed-by": undefined } } })],
        'gcp:cloudrunv2/service:Service "service": lacks the label managed-by at template.labels (not set); expected pulumi. Give it the stack\'s labels.',
      ],
      [
        "a type that nobody thought of yet",
        [grant("gcp:redis/cluster:Cluster", { labels: { ...labels, application: "cache" } })],
        'gcp:redis/cluster:Cluster "grant": lacks the label application at labels (cache); expected music-library. Give it the stack\'s labels.',
      ],
    ],
    keeping: [
      ["labels everywhere", [server(), bucket(), service()]],
      ["what has no labels at Google", [onProject("roles/cloudsql.client")]],
      [
        "a stack of another name with one of the three environments",
        [server({ userLabels: { ...labels, environment: "dev" } })],
        { stack: "alice" },
      ],
    ],
  },
  "no-service-account-key": {
    breaking: [
      [
        "a key of an account",
        [grant("gcp:serviceaccount/key:Key", {})],
        'gcp:serviceaccount/key:Key "grant": is a key (gcp:serviceaccount/key:Key); expected the metadata server, federation or signBlob. Remove it.',
      ],
      [
        "a key for the bucket",
        [grant("gcp:storage/hmacKey:HmacKey", { labels })],
        'gcp:storage/hmacKey:HmacKey "grant": is a key (gcp:storage/hmacKey:HmacKey); expected the metadata server, federation or signBlob. Remove it.',
      ],
    ],
    keeping: [["an account", [grant("gcp:serviceaccount/account:Account", {})]]],
  },
  "no-primitive-role": {
    breaking: [
      ...["owner", "editor", "viewer"].map((role): Breaking => [
        `an ${role}`,
        [onProject(`roles/${role}`)],
        `gcp:projects/iAMMember:IAMMember "grant": grants a primitive role (roles/${role}); expected a role for one service, or a custom one. Grant what is needed.`,
      ]),
      [
        "an owner in a policy of the whole project",
        [grant("gcp:projects/iAMPolicy:IAMPolicy", { labels, policyData: '{"bindings":[{"role":"roles/owner"}]}' })],
        'gcp:projects/iAMPolicy:IAMPolicy "grant": grants a primitive role (roles/owner); expected a role for one service, or a custom one. Grant what is needed.',
      ],
    ],
    keeping: [["a viewer of one service", [onProject("roles/cloudsql.viewer")]]],
  },
  "no-project-wide-admin": {
    breaking: [
      ...["storage.admin", "storage.objectViewer", "cloudsql.admin", "cloudsql.editor"].map((role): Breaking => [
        `${role} of a project`,
        [onProject(`roles/${role}`)],
        `gcp:projects/iAMMember:IAMMember "grant": grants in the whole project (roles/${role}); expected a grant on the bucket, or roles/cloudsql.client. Grant it where it is needed.`,
      ]),
      [
        "all databases of a folder",
        [grant("gcp:folder/iAMMember:IAMMember", { role: "roles/cloudsql.admin", member: "group:a@b.c" })],
        'gcp:folder/iAMMember:IAMMember "grant": grants in the whole project (roles/cloudsql.admin); expected a grant on the bucket, or roles/cloudsql.client. Grant it where it is needed.',
      ],
    ],
    keeping: [
      [
        "a client of databases, and a bucket's own administrator",
        [onProject("roles/cloudsql.client"), onBucket("roles/storage.admin")],
      ],
    ],
  },
  "secrets-in-their-places": {
    breaking: [
      [
        "a password in a container's environment",
        [
          stored,
          service({
            template: { labels, containers: [{ envs: [{ name: "URL", value: `postgres://u:${password}@h/d` }] }] },
          }),
        ],
        'gcp:cloudrunv2/service:Service "service": holds a secret in clear at template.containers.0.envs.0.value ([secret]); expected the name of a secret. Let it read the secret where it runs.',
      ],
      [
        "a password in an output",
        [stored],
        'output "contract.url": holds a secret ([secret]); expected the name of a secret. Take it out of the outputs.',
        { outputs: { contract: { url: `postgres://u:${password}@h/d` } } },
      ],
      [
        "a secret output",
        [],
        'output "key": holds a secret ([secret]); expected the name of a secret. Take it out of the outputs.',
        { outputs: { key: "[secret]" } },
      ],
      [
        "a private key in an output",
        [],
        'output "pem": holds a secret ([secret]); expected the name of a secret. Take it out of the outputs.',
        { outputs: { pem: "-----BEGIN RSA PRIVATE KEY-----\nMIIE" } },
      ],
    ],
    keeping: [
      [
        "a stored password, and its name in an output",
        [stored],
        { outputs: { contract: { passwordSecret: "projects/p/secrets/s" } } },
      ],
      [
        "the same password where a login takes it",
        [stored, { ...grant("gcp:sql/user:User", { password }), protect: true }],
      ],
      [
        "a text too short to be a secret",
        [{ ...stored, inputs: { secretData: "prod" } }],
        { outputs: { environment: "prod" } },
      ],
    ],
  },
  "regions-allowed": {
    breaking: [
      [
        "a bucket in a whole continent",
        [bucket({ location: "US" })],
        `${BUCKET} "bucket": stands in a region that is not allowed (US); expected us-central1. Move it, or add the region to policy/network-rules.ts.`,
      ],
      [
        "an instance in another region",
        [server({}, { region: "europe-west1" })],
        `${SQL} "server": stands in a region that is not allowed (europe-west1); expected us-central1. Move it, or add the region to policy/network-rules.ts.`,
      ],
    ],
    keeping: [
      ["one region, in either case", [server(), bucket({ location: "US-CENTRAL1" })]],
      ["what is global", [grant("gcp:iam/workloadIdentityPool:WorkloadIdentityPool", { location: "global" })]],
    ],
  },
};
