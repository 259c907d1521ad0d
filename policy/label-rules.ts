// Labels: what a bill and a search go by.
import { shown, UNKNOWN, valueAt } from "./graph.ts";
import { problem, type ResourceRule } from "./rule.ts";

/** Where a type carries its labels, if not in `labels` alone. */
const labelPaths: Readonly<Record<string, readonly string[]>> = {
  "gcp:sql/databaseInstance:DatabaseInstance": ["settings.userLabels"],
  "gcp:cloudrunv2/service:Service": ["labels", "template.labels"],
  "gcp:cloudrunv2/job:Job": ["labels", "template.labels"],
  "gcp:monitoring/alertPolicy:AlertPolicy": ["userLabels"],
  "gcp:monitoring/notificationChannel:NotificationChannel": ["userLabels"],
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": ["userLabels"],
};

/** Types that have no labels at Google. One that is in neither list is expected to have them. */
const unlabelled = new Set([
  "gcp:billing/budget:Budget",
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
  "gcp:cloudscheduler/job:Job",
  "gcp:compute/backendBucket:BackendBucket",
  "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey",
  "gcp:compute/managedSslCertificate:ManagedSslCertificate",
  "gcp:compute/network:Network",
  "gcp:compute/sSLPolicy:SSLPolicy",
  "gcp:compute/subnetwork:Subnetwork",
  "gcp:compute/targetHttpProxy:TargetHttpProxy",
  "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
  "gcp:compute/uRLMap:URLMap",
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
  "gcp:kms/keyRing:KeyRing",
  "gcp:logging/metric:Metric",
  "gcp:logging/projectSink:ProjectSink",
  "gcp:monitoring/dashboard:Dashboard",
  // Its labels are those of the metric's values.
  "gcp:monitoring/metricDescriptor:MetricDescriptor",
  "gcp:projects/service:Service",
  "gcp:projects/serviceIdentity:ServiceIdentity",
  "gcp:secretmanager/secretVersion:SecretVersion",
  "gcp:serviceaccount/account:Account",
  "gcp:serviceaccount/key:Key",
  "gcp:servicenetworking/connection:Connection",
  "gcp:sql/database:Database",
  "gcp:sql/sslCert:SslCert",
  "gcp:sql/user:User",
  "gcp:storage/bucketObject:BucketObject",
  "gcp:storage/managedFolder:ManagedFolder",
  "gcp:storage/notification:Notification",
]);

/** Grants in all their forms have none either. */
const grants = /I[Aa][Mm](Member|Binding|Policy|AuditConfig|CustomRole)$/;

const environments = ["dev", "prod", "local"];

export const labelled: ResourceRule = {
  scope: "resource",
  name: "labelled",
  description: "Everything that can carry labels says its environment, its application and what manages it.",
  check: (resource, stack) => {
    const expected: Readonly<Record<string, readonly string[]>> = {
      // A stack of another name is of one of the three kinds.
      environment: environments.includes(stack) ? [stack] : environments,
      application: ["music-library"],
      "managed-by": ["pulumi"],
    };
    return labelPathsOf(resource.type).flatMap((path) =>
      Object.entries(expected)
        .map(([key, accepted]) => ({ key, accepted, value: valueAt(resource.inputs, `${path}.${key}`) }))
        .filter(({ accepted, value }) => value !== UNKNOWN && !accepted.includes(String(value)))
        .map(({ key, accepted, value }) =>
          problem(resource, {
            wrong: `lacks the label ${key} at ${path}`,
            seen: shown(value),
            expected: accepted.join(" or "),
            next: "Give it the stack's labels",
          }),
        ),
    );
  },
};

/** Where resources of a type carry their labels: nowhere, or in one or two places. */
export function labelPathsOf(type: string): readonly string[] {
  if (!type.startsWith("gcp:") || unlabelled.has(type) || grants.test(type)) return [];
  return labelPaths[type] ?? ["labels"];
}
