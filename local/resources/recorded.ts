// Resource types that are checked and kept, and have no effect here: what watches, counts, pays or connects only in the cloud.
import { memberProblems } from "../identity/iam-member.ts";
import { projectNumber } from "../identity/project.ts";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { type PropertySchema, resourceSchema } from "../provider/schema.ts";
import type { Properties, PropertyValue } from "../store.ts";
import { alertPolicyProblems } from "./alert-policy-rules.ts";
import { refuseUnknownMetrics } from "./known-metrics.ts";
import { etagOf, memberId } from "./iam-members.ts";
import { identityRules } from "./identity-rules.ts";
import { networkRules } from "./network-rules.ts";
import { monitoringRules } from "./monitoring-rules.ts";
import { notificationProblems } from "./notification-rules.ts";
import { contentNetworkSpecs } from "./content-network-specs.ts";
import { contentNetworkRules } from "./content-network-rules.ts";
import { numberOf, poolPath, providerPath, serviceAgent, slug, uuidOf } from "./recorded-ids.ts";
import { at, linked, type RecordedParts, type RecordedSpec, underProject } from "./recorded-spec.ts";
import { abandoned, deletionPolicyProblems, storedState, textOf } from "./stored-state.ts";

const named = (_values: Properties, id: string): Properties => ({ name: id });
const member = (resource: (values: Properties) => string): RecordedSpec => ({
  note: "the grant is not enforced",
  id: (values) => memberId(resource(values), values),
  outputs: (values) => ({ etag: etagOf(values) }),
});

const specs: Readonly<Record<string, RecordedSpec>> = {
  ...contentNetworkSpecs,
  "gcp:artifactregistry/repository:Repository": {
    note: "no image is stored",
    id: (values) => underProject(values, `locations/${at(values, "location", "repositoryId").join("/repositories/")}`),
    outputs: (values) => {
      const [location = "", project = "", repository = ""] = at(values, "location", "project", "repositoryId");
      return { name: repository, registryUri: `${location}-docker.pkg.dev/${project}/${repository}` };
    },
  },
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": member((values) =>
    underProject(values, `locations/${at(values, "location", "repository").join("/repositories/")}`),
  ),
  "gcp:billing/budget:Budget": {
    note: "nothing is paid here",
    id: (values) => `billingAccounts/${textOf(values, "billingAccount")}/budgets/${uuidOf(values)}`,
    outputs: (_values, id) => ({ name: id.split("/").at(-1) ?? "" }),
  },
  "gcp:compute/globalAddress:GlobalAddress": {
    note: "there is no network; everything listens on 127.0.0.1",
    id: (values) => underProject(values, `global/addresses/${textOf(values, "name")}`),
    outputs: linked,
  },
  "gcp:compute/network:Network": {
    note: "there is no network; everything listens on 127.0.0.1",
    id: (values) => underProject(values, `global/networks/${textOf(values, "name")}`),
    outputs: (values, id) => ({ ...linked(values, id), networkId: numberOf(values), numericId: numberOf(values) }),
  },
  "gcp:compute/subnetwork:Subnetwork": {
    note: "there is no network; everything listens on 127.0.0.1",
    id: (values) => underProject(values, `regions/${at(values, "region", "name").join("/subnetworks/")}`),
    outputs: linked,
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
    note: "nobody comes from outside",
    id: (values) => underProject(values, poolPath(values)),
    outputs: (values) => ({ name: `projects/${projectNumber}/${poolPath(values)}`, state: "ACTIVE" }),
  },
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
    note: "nobody comes from outside",
    id: (values) => underProject(values, providerPath(values)),
    outputs: (values) => ({ name: `projects/${projectNumber}/${providerPath(values)}`, state: "ACTIVE" }),
  },
  "gcp:kms/cryptoKey:CryptoKey": {
    note: "nothing is encrypted with it",
    id: (values) => at(values, "keyRing", "name").join("/cryptoKeys/"),
  },
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": member((values) => textOf(values, "cryptoKeyId")),
  "gcp:kms/keyRing:KeyRing": {
    note: "nothing is encrypted with it",
    id: (values) => underProject(values, `locations/${at(values, "location", "name").join("/keyRings/")}`),
  },
  "gcp:logging/metric:Metric": { note: "logs are not counted", id: (values) => textOf(values, "name") },
  "gcp:logging/projectSink:ProjectSink": {
    note: "logs stay in .local/logs",
    id: (values) => underProject(values, `sinks/${textOf(values, "name")}`),
    outputs: () => ({
      writerIdentity: `serviceAccount:service-${projectNumber}@gcp-sa-logging.iam.gserviceaccount.com`,
    }),
  },
  "gcp:monitoring/alertPolicy:AlertPolicy": {
    note: "nothing is measured, nobody is called",
    id: (values) => underProject(values, `alertPolicies/${numberOf(values)}`),
    outputs: named,
    refuse: refuseUnknownMetrics,
  },
  "gcp:monitoring/dashboard:Dashboard": {
    note: "nothing is measured",
    id: (values) => `projects/${projectNumber}/dashboards/${uuidOf(values)}`,
  },
  "gcp:monitoring/notificationChannel:NotificationChannel": {
    note: "nobody is called",
    id: (values) => underProject(values, `notificationChannels/${numberOf(values)}`),
    outputs: named,
  },
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": {
    note: "nobody asks",
    id: (values) =>
      underProject(values, `uptimeCheckConfigs/${slug(textOf(values, "displayName"))}-${numberOf(values)}`),
    outputs: (_values, id) => ({ name: id, uptimeCheckId: id.split("/").at(-1) ?? "" }),
  },
  "gcp:projects/iAMAuditConfig:IAMAuditConfig": {
    note: "no audit log is written",
    id: (values) => `${textOf(values, "project")}/audit_config/${textOf(values, "service")}`,
    outputs: (values) => ({ etag: etagOf(values) }),
  },
  "gcp:projects/serviceIdentity:ServiceIdentity": {
    note: "no service of Google's acts here",
    id: (values) => underProject(values, `services/${textOf(values, "service")}`),
    outputs: (values) => {
      const email = serviceAgent(textOf(values, "service"));
      return { email, member: `serviceAccount:${email}` };
    },
  },
  "gcp:pubsub/topic:Topic": {
    note: "no message is sent",
    id: (values) => underProject(values, `topics/${textOf(values, "name")}`),
  },
  "gcp:pubsub/topicIAMMember:TopicIAMMember": member((values) =>
    underProject(values, `topics/${textOf(values, "topic").split("/").at(-1) ?? ""}`),
  ),
  "gcp:servicenetworking/connection:Connection": {
    note: "there is no network; everything listens on 127.0.0.1",
    id: (values) => at(values, "network", "service").map(encodeURIComponent).join(":"),
    outputs: () => ({ peering: "servicenetworking-googleapis-com" }),
  },
  "gcp:storage/notification:Notification": {
    note: "no message is sent",
    id: (values) => `${textOf(values, "bucket")}/notificationConfigs/${numberOf(values)}`,
    outputs: (_values, id) => ({ notificationId: id.split("/").at(-1) ?? "" }),
  },
  "gcp:storage/managedFolder:ManagedFolder": {
    note: "grants on it hold for its objects; the folder itself is not listed",
    id: (values) => at(values, "bucket", "name").join("/"),
  },
};

/** Google's value rules, by type. */
const valueRules: Readonly<Record<string, (inputs: Properties) => CheckProblem[]>> = {
  ...monitoringRules,
  ...networkRules,
  ...contentNetworkRules,
  ...identityRules,
  "gcp:monitoring/alertPolicy:AlertPolicy": alertPolicyProblems,
  "gcp:storage/notification:Notification": notificationProblems,
};

export function recordedKinds(parts: RecordedParts): Record<string, Kind> {
  return Object.fromEntries(Object.entries(specs).map(([type, spec]) => [type, recordedKind(type, spec, parts)]));
}

function recordedKind(type: string, spec: RecordedSpec, parts: RecordedParts): Kind {
  const { store } = parts;
  const valuesOf = (inputs: Properties, scope: Scope): Properties => ({
    project: scope.project,
    region: scope.region,
    location: scope.region,
    ...inputs,
  });
  const outputsOf = (id: string, inputs: Properties, scope: Scope): Properties => {
    const properties = resourceSchema(type)?.properties ?? {};
    const filled = spec.outputs?.(valuesOf(inputs, scope), id) ?? {};
    return { ...computed(properties, inputs, scope), ...inputs, ...filled };
  };
  const idOf = (inputs: Properties, scope: Scope): string => spec.id(valuesOf(inputs, scope));
  return {
    grade: "recorded",
    note: spec.note,
    check: (inputs) => [
      ...deletionPolicyProblems(inputs),
      ...("member" in inputs ? memberProblems(inputs) : []),
      ...(valueRules[type]?.(inputs) ?? []),
    ],
    idOf,
    async create(inputs, scope) {
      spec.refuse?.(valuesOf(inputs, scope), parts);
      return outputsOf(idOf(inputs, scope), inputs, scope);
    },
    read: async (id) => storedState(store, type, id),
    // What was once filled in stays, as times and numbers do.
    async update(id, olds, news, scope) {
      spec.refuse?.(valuesOf(news, scope), parts);
      return { ...outputsOf(id, news, scope), ...filledBefore(type, olds.outputs), ...news };
    },
    async delete(id, olds) {
      abandoned(`${type} "${id}"`, olds);
    },
  };
}

/** What the provider fills in by itself; empty where nothing here knows better. */
function computed(fields: Readonly<Record<string, PropertySchema>>, inputs: Properties, scope: Scope): Properties {
  const labels = { "goog-pulumi-provisioned": "true", ...(inputs["labels"] as Properties | undefined) };
  const known: Properties = {
    project: scope.project,
    region: scope.region,
    location: scope.region,
    deletionPolicy: "DELETE",
    createTime: new Date().toISOString(),
    creationTimestamp: new Date().toISOString(),
    updateTime: new Date().toISOString(),
    effectiveLabels: labels,
    pulumiLabels: labels,
  };
  const entries = Object.entries(fields).filter(([name, field]) => field.computed === true && !(name in inputs));
  return Object.fromEntries(entries.map(([name, field]) => [name, known[name] ?? emptyOf(field)]));
}

function filledBefore(type: string, outputs: Properties): Properties {
  const fields = resourceSchema(type)?.properties ?? {};
  const changing = ["effectiveLabels", "pulumiLabels", "effectiveAnnotations", "updateTime"];
  return Object.fromEntries(
    Object.entries(outputs).filter(([name]) => fields[name]?.outputOnly === true && !changing.includes(name)),
  );
}

function emptyOf(field: PropertySchema): PropertyValue {
  switch (field.type) {
    case "string":
      return "";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    case "list":
    case "set":
      return [];
    case "map":
    case "object":
      return {};
    default:
      return field.type satisfies never;
  }
}
