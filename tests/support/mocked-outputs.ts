// What Google, the random provider and the postgresql provider answer to each resource type, in their real forms, so that
// tests pin the values that reach other resources (e-mails in grants, connection names in settings, versions of secrets).
import type { MockResourceArgs, MockResourceResult } from "@pulumi/pulumi/runtime/mocks.js";

type Inputs = Record<string, unknown>;
interface Answer {
  readonly id: string;
  readonly outputs?: Inputs;
}
interface Question {
  readonly name: string;
  readonly inputs: Inputs;
  readonly project: string;
}

const REGION = "us-central1";
const text = (value: unknown, fallback = ""): string => (typeof value === "string" ? value : fallback);

/** A stand-in for a generated password: different for each resource, and easy to search for in anything that must not hold it. */
export const generatedPassword = (resourceName: string): string => `generated-for-${resourceName}`;

const account = (inputs: Inputs, project: string): string =>
  `${text(inputs.accountId)}@${project}.iam.gserviceaccount.com`;

/** What Google numbers has the resource's name here, so that a reader sees which one is meant. */
function numbered(project: string, collection: string, resourceName: string): Answer {
  const id = `projects/${project}/${collection}/${resourceName}`;
  return { id, outputs: { name: id } };
}

/** What Compute Engine has once for all regions. */
function global(collection: string): (question: Question) => Answer {
  return ({ inputs, project }) => ({ id: `projects/${project}/global/${collection}/${text(inputs.name)}` });
}

const answers: Record<string, (question: Question) => Answer> = {
  "gcp:projects/service:Service": ({ inputs, project }) => ({ id: `${project}/${text(inputs.service)}` }),
  "gcp:projects/iAMMember:IAMMember": ({ inputs }) => ({
    id: [inputs.project, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:projects/iAMCustomRole:IAMCustomRole": ({ inputs, project }) => {
    const id = `projects/${project}/roles/${text(inputs.roleId)}`;
    return { id, outputs: { name: id } };
  },
  "gcp:projects/serviceIdentity:ServiceIdentity": ({ inputs, project }) => {
    const email = "service-123456789012@gcp-sa-cloud-sql.iam.gserviceaccount.com";
    const outputs = { email, member: `serviceAccount:${email}` };
    return { id: `projects/${project}/services/${text(inputs.service)}`, outputs };
  },
  "gcp:compute/network:Network": ({ inputs, project }) => ({
    id: `projects/${project}/global/networks/${text(inputs.name)}`,
  }),
  "gcp:compute/subnetwork:Subnetwork": ({ inputs, project }) => ({
    id: `projects/${project}/regions/${text(inputs.region)}/subnetworks/${text(inputs.name)}`,
  }),
  "gcp:compute/globalAddress:GlobalAddress": ({ inputs, project }) => ({
    id: `projects/${project}/global/addresses/${text(inputs.name)}`,
    outputs: { address: text(inputs.address, "203.0.113.44") },
  }),
  "gcp:compute/backendBucket:BackendBucket": global("backendBuckets"),
  "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey": ({ inputs, project }) => ({
    id: `projects/${project}/global/backendBuckets/${text(inputs.backendBucket)}`,
  }),
  "gcp:compute/uRLMap:URLMap": global("urlMaps"),
  "gcp:compute/managedSslCertificate:ManagedSslCertificate": global("sslCertificates"),
  "gcp:compute/sSLPolicy:SSLPolicy": global("sslPolicies"),
  "gcp:compute/targetHttpsProxy:TargetHttpsProxy": global("targetHttpsProxies"),
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": global("forwardingRules"),
  "gcp:servicenetworking/connection:Connection": ({ inputs }) => ({
    id: [inputs.network, inputs.service].map((part) => encodeURIComponent(text(part))).join(":"),
  }),
  "gcp:kms/keyRing:KeyRing": ({ inputs, project }) => ({
    id: `projects/${project}/locations/${text(inputs.location)}/keyRings/${text(inputs.name)}`,
  }),
  "gcp:kms/cryptoKey:CryptoKey": ({ inputs }) => ({ id: `${text(inputs.keyRing)}/cryptoKeys/${text(inputs.name)}` }),
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ({ inputs }) => ({
    id: [inputs.cryptoKeyId, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:projects/iAMAuditConfig:IAMAuditConfig": ({ inputs }) => ({
    id: `${text(inputs.project)}/audit_config/${text(inputs.service)}`,
  }),
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": ({ inputs }) => {
    const pool = `locations/global/workloadIdentityPools/${text(inputs.workloadIdentityPoolId)}`;
    return { id: pool, outputs: { name: `projects/123456789012/${pool}` } };
  },
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": ({ inputs }) => ({
    id: `${text(inputs.workloadIdentityPoolId)}/providers/${text(inputs.workloadIdentityPoolProviderId)}`,
  }),
  "gcp:serviceaccount/key:Key": ({ name, inputs }) => ({
    id: `${text(inputs.serviceAccountId)}/keys/${name}`,
    outputs: { privateKey: Buffer.from(`key file ${name}`).toString("base64") },
  }),
  "gcp:pubsub/topic:Topic": ({ inputs, project }) => ({ id: `projects/${project}/topics/${text(inputs.name)}` }),
  "gcp:pubsub/topicIAMMember:TopicIAMMember": ({ inputs }) => ({
    id: [inputs.topic, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:storage/notification:Notification": ({ inputs }) => ({ id: `${text(inputs.bucket)}/notificationConfigs/1` }),
  "gcp:storage/managedFolder:ManagedFolder": ({ inputs }) => ({ id: `${text(inputs.bucket)}/${text(inputs.name)}` }),
  "gcp:storage/managedFolderIamMember:ManagedFolderIamMember": ({ inputs }) => ({
    id: [inputs.bucket, inputs.managedFolder, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:sql/databaseInstance:DatabaseInstance": ({ inputs, project }) => ({
    id: text(inputs.name),
    outputs: {
      project,
      connectionName: `${project}:${REGION}:${text(inputs.name)}`,
      firstIpAddress: "203.0.113.7",
      publicIpAddress: "203.0.113.7",
    },
  }),
  "gcp:sql/database:Database": ({ inputs, project }) => ({
    id: `projects/${project}/instances/${text(inputs.instance)}/databases/${text(inputs.name)}`,
  }),
  "gcp:sql/user:User": ({ inputs }) => ({ id: `${text(inputs.name)}//${text(inputs.instance)}` }),
  "gcp:sql/sslCert:SslCert": ({ inputs, project }) => ({
    id: `projects/${project}/instances/${text(inputs.instance)}/sslCerts/0123456789abcdef0123456789abcdef01234567`,
    outputs: { cert: "client certificate", privateKey: "client key", serverCaCert: "server authority" },
  }),
  "gcp:secretmanager/secret:Secret": ({ inputs, project }) => ({
    id: `projects/${project}/secrets/${text(inputs.secretId)}`,
    outputs: { name: `projects/123456789012/secrets/${text(inputs.secretId)}`, project },
  }),
  "gcp:secretmanager/secretVersion:SecretVersion": ({ inputs }) => ({
    id: `${text(inputs.secret)}/versions/1`,
    outputs: { name: `${text(inputs.secret)}/versions/1`, version: "1", createTime: "2026-01-01T12:00:00Z" },
  }),
  "gcp:secretmanager/secretIamMember:SecretIamMember": ({ inputs }) => ({
    id: [inputs.secretId, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:serviceaccount/account:Account": ({ inputs, project }) => ({
    id: `projects/${project}/serviceAccounts/${account(inputs, project)}`,
    outputs: {
      email: account(inputs, project),
      member: `serviceAccount:${account(inputs, project)}`,
      name: `projects/${project}/serviceAccounts/${account(inputs, project)}`,
      uniqueId: "112233445566778899001",
    },
  }),
  "gcp:serviceaccount/iAMMember:IAMMember": ({ inputs }) => ({
    id: [inputs.serviceAccountId, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:storage/bucket:Bucket": ({ inputs, project }) => ({
    id: text(inputs.name),
    outputs: {
      project,
      projectNumber: 123456789012,
      url: `gs://${text(inputs.name)}`,
      location: text(inputs.location).toUpperCase(),
    },
  }),
  "gcp:storage/bucketIAMMember:BucketIAMMember": ({ inputs }) => ({
    id: ["b", inputs.bucket, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:cloudrunv2/service:Service": ({ inputs, project }) => ({
    id: `projects/${project}/locations/${text(inputs.location)}/services/${text(inputs.name)}`,
    outputs: { project, uri: `https://${text(inputs.name)}-abcdefghij-uc.a.run.app` },
  }),
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": ({ inputs }) => ({
    id: [inputs.name, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:cloudrunv2/job:Job": ({ inputs, project }) => ({
    id: `projects/${project}/locations/${text(inputs.location)}/jobs/${text(inputs.name)}`,
    outputs: { project },
  }),
  "gcp:cloudrunv2/jobIamMember:JobIamMember": ({ inputs }) => ({
    id: [inputs.name, inputs.role, inputs.member].map((part) => text(part)).join("/"),
  }),
  "gcp:cloudscheduler/job:Job": ({ inputs, project }) => ({
    id: `projects/${project}/locations/${text(inputs.region)}/jobs/${text(inputs.name)}`,
    outputs: { state: "ENABLED" },
  }),
  "gcp:artifactregistry/repository:Repository": ({ inputs, project }) => {
    const [location, name] = [text(inputs.location), text(inputs.repositoryId)];
    const id = `projects/${project}/locations/${location}/repositories/${name}`;
    return { id, outputs: { name, registryUri: `${location}-docker.pkg.dev/${project}/${name}` } };
  },
  "gcp:logging/metric:Metric": ({ inputs }) => ({ id: text(inputs.name) }),
  "gcp:monitoring/alertPolicy:AlertPolicy": ({ name, project }) => numbered(project, "alertPolicies", name),
  "gcp:monitoring/metricDescriptor:MetricDescriptor": ({ inputs, project }) => {
    const id = `projects/${project}/metricDescriptors/${text(inputs.type)}`;
    return { id, outputs: { name: id } };
  },
  "gcp:monitoring/notificationChannel:NotificationChannel": ({ name, project }) =>
    numbered(project, "notificationChannels", name),
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": ({ project }) => {
    const uptimeCheckId = "music-library-tracks-abcdefghijk";
    const id = `projects/${project}/uptimeCheckConfigs/${uptimeCheckId}`;
    return { id, outputs: { name: id, uptimeCheckId } };
  },
  "gcp:monitoring/dashboard:Dashboard": () => ({
    id: "projects/123456789012/dashboards/01234567-89ab-cdef-0123-456789abcdef",
  }),
  "gcp:billing/budget:Budget": ({ inputs }) => ({
    id: `billingAccounts/${text(inputs.billingAccount)}/budgets/01234567-89ab-cdef-0123-456789abcdef`,
    outputs: { name: "01234567-89ab-cdef-0123-456789abcdef" },
  }),
  "random:index/randomPassword:RandomPassword": ({ name }) => ({
    id: "none",
    outputs: { result: generatedPassword(name), bcryptHash: "$2a$10$hash" },
  }),
  "pulumi:providers:postgresql": ({ name }) => ({ id: `${name}-id` }),
  "postgresql:index/role:Role": ({ inputs }) => ({ id: text(inputs.name) }),
  "postgresql:index/schema:Schema": ({ inputs }) => ({ id: `${text(inputs.database)}.${text(inputs.name)}` }),
  "postgresql:index/extension:Extension": ({ inputs }) => ({ id: `${text(inputs.database)}.${text(inputs.name)}` }),
  "postgresql:index/grant:Grant": ({ name }) => ({ id: name }),
  "postgresql:index/grantRole:GrantRole": ({ name }) => ({ id: name }),
  "postgresql:index/defaultPrivileges:DefaultPrivileges": ({ name }) => ({ id: name }),
  "pulumi-nodejs:dynamic/music-library:SchemaMigrations": ({ inputs }) => {
    const files = inputs.files as { version: string }[];
    return { id: "music_library", outputs: { version: files.at(-1)?.version ?? "", appliedCount: files.length } };
  },
  "pulumi-nodejs:dynamic/music-library:RoleSettings": () => ({ id: "role-settings" }),
};

/** The state of a resource after its creation. Throws for a type that has no answer: no test may rest on an invented one. */
export function mockedOutputs(args: MockResourceArgs, project: string): MockResourceResult {
  const inputs = args.inputs as Inputs;
  if (args.custom !== true) return { id: undefined, state: inputs };
  const answer = answers[args.type];
  if (answer === undefined) {
    throw new Error(
      `type "${args.type}": the mocks have no answer for it (resource "${args.name}"); expected one of ` +
        `${Object.keys(answers).join(", ")}. Add what the real provider returns to mocked-outputs.ts.`,
    );
  }
  const { id, outputs } = answer({ name: args.name, inputs, project: text(inputs.project, project) });
  return { id, state: { ...inputs, ...outputs } };
}
