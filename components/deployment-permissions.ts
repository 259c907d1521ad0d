/** `of("cloudsql.users", "get", "list")` -> `cloudsql.users.get`, `cloudsql.users.list`. */
const of = (resource: string, ...verbs: string[]): string[] => verbs.map((verb) => `${resource}.${verb}`);
const all = ["create", "delete", "get", "list", "update"];
const policy = ["getIamPolicy", "setIamPolicy"];

/**
 * Resource type -> what Google asks of whoever deploys it. Accounts, custom roles, keys, federation and grants on the project are
 * only read: whoever could change those could make itself owner. An owner applies the rare updates that do.
 * cloud.google.com/iam/docs/permissions-reference
 */
export const deploymentPermissions: Readonly<Record<string, readonly string[]>> = {
  "gcp:sql/databaseInstance:DatabaseInstance": of("cloudsql.instances", ...all, "connect"),
  "gcp:sql/database:Database": of("cloudsql.databases", ...all),
  "gcp:sql/user:User": of("cloudsql.users", ...all),
  "gcp:sql/sslCert:SslCert": of("cloudsql.sslCerts", "create", "delete", "get", "list"),
  "gcp:secretmanager/secret:Secret": of("secretmanager.secrets", ...all),
  "gcp:secretmanager/secretVersion:SecretVersion": of(
    "secretmanager.versions",
    ...["access", "add", "destroy", "disable", "enable", "get", "list"],
  ),
  "gcp:secretmanager/secretIamMember:SecretIamMember": of("secretmanager.secrets", ...policy),
  "gcp:storage/bucket:Bucket": of("storage.buckets", ...all),
  "gcp:storage/bucketIAMMember:BucketIAMMember": of("storage.buckets", ...policy),
  "gcp:storage/managedFolder:ManagedFolder": of("storage.managedFolders", "create", "delete", "get", "list"),
  "gcp:storage/managedFolderIamMember:ManagedFolderIamMember": of("storage.managedFolders", ...policy),
  "gcp:cloudrunv2/service:Service": [...of("run.services", ...all), ...of("run.operations", "get", "list")],
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": of("run.services", ...policy),
  "gcp:cloudrunv2/job:Job": of("run.jobs", ...all),
  "gcp:cloudrunv2/jobIamMember:JobIamMember": of("run.jobs", ...policy),
  "gcp:cloudscheduler/job:Job": of("cloudscheduler.jobs", ...all, "enable", "pause"),
  "gcp:monitoring/alertPolicy:AlertPolicy": of("monitoring.alertPolicies", ...all),
  "gcp:monitoring/dashboard:Dashboard": of("monitoring.dashboards", ...all),
  "gcp:monitoring/metricDescriptor:MetricDescriptor": of(
    "monitoring.metricDescriptors",
    ...["create", "delete", "get", "list"],
  ),
  "gcp:monitoring/notificationChannel:NotificationChannel": of("monitoring.notificationChannels", ...all),
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": of("monitoring.uptimeCheckConfigs", ...all),
  "gcp:logging/metric:Metric": of("logging.logMetrics", ...all),
  "gcp:pubsub/topic:Topic": of("pubsub.topics", ...all),
  "gcp:pubsub/topicIAMMember:TopicIAMMember": of("pubsub.topics", ...policy),
  "gcp:storage/notification:Notification": of("storage.buckets", "get", "update"),
  // The deployment workflow pushes the images that it deploys.
  "gcp:artifactregistry/repository:Repository": of(
    "artifactregistry.repositories",
    ...[...all, "downloadArtifacts", "uploadArtifacts"],
  ),
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": of("artifactregistry.repositories", ...policy),
  "gcp:projects/serviceIdentity:ServiceIdentity": of("serviceusage.services", "enable", "get"),
  "gcp:projects/service:Service": of("serviceusage.services", "enable", "get", "list"),
  "gcp:compute/network:Network": of("compute.networks", ...all, "updatePolicy", "use"),
  "gcp:compute/subnetwork:Subnetwork": of("compute.subnetworks", ...all, "use"),
  "gcp:compute/globalAddress:GlobalAddress": of(
    "compute.globalAddresses",
    ...["create", "createInternal", "delete", "deleteInternal", "get", "list", "setLabels", "use"],
  ),
  // Whoever changes a global part asks for the end of the operation.
  "gcp:compute/backendBucket:BackendBucket": [
    ...of("compute.backendBuckets", ...all, "use"),
    ...of("compute.globalOperations", "get"),
  ],
  "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey": of(
    "compute.backendBuckets",
    ...["addSignedUrlKey", "deleteSignedUrlKey", "get"],
  ),
  "gcp:compute/uRLMap:URLMap": of("compute.urlMaps", ...all, "use"),
  "gcp:compute/managedSslCertificate:ManagedSslCertificate": of(
    "compute.sslCertificates",
    ...["create", "delete", "get", "list"],
  ),
  "gcp:compute/sSLPolicy:SSLPolicy": of("compute.sslPolicies", ...all, "use"),
  "gcp:compute/targetHttpsProxy:TargetHttpsProxy": of(
    "compute.targetHttpsProxies",
    ...[...all, "setSslCertificates", "setSslPolicy", "setUrlMap", "use"],
  ),
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": of(
    "compute.globalForwardingRules",
    ...[...all, "setLabels", "setTarget"],
  ),
  "gcp:servicenetworking/connection:Connection": of(
    "servicenetworking.services",
    "addPeering",
    "deleteConnection",
    "get",
  ),
  "gcp:kms/keyRing:KeyRing": of("cloudkms.keyRings", "create", "get", "list"),
  "gcp:kms/cryptoKey:CryptoKey": of("cloudkms.cryptoKeys", "create", "get", "list", "update"),
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": of("cloudkms.cryptoKeys", ...policy),
  // Read only, from here on.
  "gcp:projects/iAMMember:IAMMember": of("resourcemanager.projects", "get", "getIamPolicy"),
  "gcp:projects/iAMAuditConfig:IAMAuditConfig": of("resourcemanager.projects", "getIamPolicy"),
  "gcp:projects/iAMCustomRole:IAMCustomRole": of("iam.roles", "get", "list"),
  "gcp:serviceaccount/account:Account": of("iam.serviceAccounts", "get", "list"),
  "gcp:serviceaccount/iAMMember:IAMMember": of("iam.serviceAccounts", "getIamPolicy"),
  "gcp:serviceaccount/key:Key": of("iam.serviceAccountKeys", "get", "list"),
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": of("iam.workloadIdentityPools", "get", "list"),
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": of(
    "iam.workloadIdentityPoolProviders",
    ...["get", "list"],
  ),
};

/** Granted by the billing account, not by the project. */
export const outsideProject = ["gcp:billing/budget:Budget"] as const;

/** What a deployment takes. */
export function managingPermissions(): string[] {
  return [...new Set(Object.values(deploymentPermissions).flat())].sort();
}

/** What looking at everything takes: neither a secret's value nor an object. */
export function readingPermissions(): string[] {
  return managingPermissions().filter((permission) => /\.(get|list|getIamPolicy)$/.test(permission));
}
