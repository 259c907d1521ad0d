// What the predefined roles hold, as Google documents them (https://cloud.google.com/iam/docs/roles-permissions). A role that
// is not in this table is refused by name: a guess would let the local cloud allow what Google denies.

const project = ["resourcemanager.projects.get", "resourcemanager.projects.list"];
const readObjects = [
  ...project,
  ...["get", "list"].map((verb) => `storage.folders.${verb}`),
  ...["get", "list"].map((verb) => `storage.managedFolders.${verb}`),
  ...["get", "list"].map((verb) => `storage.objects.${verb}`),
];
const createObjects = [
  ...project,
  "orgpolicy.policy.get",
  "storage.folders.create",
  "storage.managedFolders.create",
  ...["abort", "create", "listParts"].map((verb) => `storage.multipartUploads.${verb}`),
  "storage.objects.create",
];
const useObjects = [
  ...new Set([...readObjects, ...createObjects]),
  ...["delete", "rename"].map((verb) => `storage.folders.${verb}`),
  "storage.managedFolders.delete",
  "storage.multipartUploads.list",
  ...["delete", "move", "restore", "update"].map((verb) => `storage.objects.${verb}`),
];
const readBucket = [
  "storage.buckets.get",
  "storage.managedFolders.get",
  "storage.managedFolders.list",
  "storage.multipartUploads.list",
  "storage.objects.list",
];
const writeBucket = [
  ...readBucket,
  ...["abort", "create", "listParts"].map((verb) => `storage.multipartUploads.${verb}`),
  "storage.objects.create",
  "storage.objects.delete",
];
const viewSecrets = [
  ...project,
  ...["get", "getIamPolicy", "list"].map((verb) => `secretmanager.secrets.${verb}`),
  ...["get", "list"].map((verb) => `secretmanager.versions.${verb}`),
];
const useAccountTokens = ["iam.serviceAccounts.get", "iam.serviceAccounts.list"];

/** What holds a credential of another identity; not even the owner of a project may without a role of its own. */
export const impersonation = ["getAccessToken", "getOpenIdToken", "implicitDelegation", "signBlob", "signJwt"].map(
  (verb) => `iam.serviceAccounts.${verb}`,
);

/** A permission that ends in `.*` stands for all below it. */
const predefined: Readonly<Record<string, readonly string[]>> = {
  "roles/artifactregistry.reader": [
    ...project,
    ...["get", "list", "downloadArtifacts"].map((verb) => `artifactregistry.repositories.${verb}`),
  ],
  "roles/artifactregistry.writer": [
    ...project,
    ...["get", "list", "downloadArtifacts", "uploadArtifacts"].map((verb) => `artifactregistry.repositories.${verb}`),
  ],
  "roles/cloudkms.cryptoKeyEncrypterDecrypter": [
    ...project,
    "cloudkms.cryptoKeyVersions.useToDecrypt",
    "cloudkms.cryptoKeyVersions.useToEncrypt",
    "cloudkms.locations.get",
    "cloudkms.locations.list",
  ],
  "roles/cloudsql.admin": [...project, "cloudsql.*"],
  "roles/cloudsql.client": ["cloudsql.instances.connect", "cloudsql.instances.get"],
  "roles/cloudsql.instanceUser": ["cloudsql.instances.get", "cloudsql.instances.login"],
  "roles/cloudsql.viewer": [
    ...project,
    ...["backupRuns", "databases", "instances", "sslCerts", "users"].flatMap((kind) => [
      `cloudsql.${kind}.get`,
      `cloudsql.${kind}.list`,
    ]),
    "cloudsql.instances.export",
  ],
  "roles/cloudtrace.agent": ["cloudtrace.traces.patch", "telemetry.traces.write"],
  "roles/iam.serviceAccountOpenIdTokenCreator": ["iam.serviceAccounts.getOpenIdToken"],
  "roles/iam.serviceAccountTokenCreator": [...project, ...useAccountTokens, ...impersonation],
  "roles/iam.serviceAccountUser": [...project, ...useAccountTokens, "iam.serviceAccounts.actAs"],
  "roles/iam.workloadIdentityUser": [
    ...useAccountTokens,
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
  ],
  "roles/logging.bucketWriter": ["logging.buckets.write"],
  "roles/logging.logWriter": ["logging.logEntries.create", "logging.logEntries.route"],
  "roles/monitoring.metricWriter": [
    ...["create", "get", "list"].map((verb) => `monitoring.metricDescriptors.${verb}`),
    "monitoring.monitoredResourceDescriptors.get",
    "monitoring.monitoredResourceDescriptors.list",
    "monitoring.timeSeries.create",
  ],
  "roles/pubsub.publisher": ["pubsub.topics.publish"],
  "roles/pubsub.subscriber": [
    "pubsub.snapshots.seek",
    "pubsub.subscriptions.consume",
    "pubsub.topics.attachSubscription",
  ],
  "roles/run.admin": [...project, "run.*"],
  "roles/run.invoker": ["run.executions.cancel", "run.jobs.run", "run.routes.invoke"],
  "roles/run.servicesInvoker": ["run.routes.invoke"],
  "roles/run.viewer": [
    ...project,
    ...["configurations", "executions", "jobs", "revisions", "routes", "services", "tasks"].flatMap((kind) => [
      `run.${kind}.get`,
      `run.${kind}.list`,
    ]),
  ],
  "roles/secretmanager.admin": [...project, "secretmanager.*"],
  "roles/secretmanager.secretAccessor": [...project, "secretmanager.versions.access"],
  "roles/secretmanager.secretVersionAdder": [...project, "secretmanager.versions.add"],
  "roles/secretmanager.secretVersionManager": [
    ...project,
    ...["add", "destroy", "disable", "enable", "get", "list"].map((verb) => `secretmanager.versions.${verb}`),
  ],
  "roles/secretmanager.viewer": viewSecrets,
  "roles/storage.admin": [...project, "orgpolicy.policy.get", "storage.*"],
  "roles/storage.bucketViewer": ["storage.buckets.get", "storage.buckets.list"],
  "roles/storage.insightsCollectorService": ["resourcemanager.projects.get", "storage.buckets.get"],
  "roles/storage.legacyBucketOwner": [
    ...writeBucket,
    ...["getIamPolicy", "setIamPolicy", "update"].map((verb) => `storage.buckets.${verb}`),
    "storage.managedFolders.*",
    "storage.objects.restore",
  ],
  "roles/storage.legacyBucketReader": readBucket,
  "roles/storage.legacyBucketWriter": writeBucket,
  "roles/storage.legacyObjectOwner": ["get", "getIamPolicy", "setIamPolicy", "update"].map(
    (verb) => `storage.objects.${verb}`,
  ),
  "roles/storage.legacyObjectReader": ["storage.objects.get"],
  "roles/storage.objectAdmin": [
    ...project,
    "orgpolicy.policy.get",
    "storage.folders.*",
    "storage.managedFolders.*",
    "storage.multipartUploads.*",
    "storage.objects.*",
  ],
  "roles/storage.objectCreator": createObjects,
  "roles/storage.objectUser": useObjects,
  "roles/storage.objectViewer": readObjects,
};

/** The permissions of a predefined role; undefined for a role that the local cloud does not know. */
export function predefinedRole(role: string): readonly string[] | undefined {
  return Object.hasOwn(predefined, role) ? predefined[role] : undefined;
}

/** Every predefined role that the local cloud knows, sorted. */
export function predefinedRoles(): string[] {
  return Object.keys(predefined).sort();
}

/** Whether a role's permissions hold `permission`. */
export function holds(permissions: readonly string[], permission: string): boolean {
  return permissions.some((held) =>
    held.endsWith(".*") ? permission.startsWith(held.slice(0, -1)) : held === permission,
  );
}
