// The table of the local cloud: every resource type of the `gcp` package that has a schema, with what it does here and its grade.
import type { Identity } from "../identity/identity.ts";
import type { Clusters } from "../postgres/clusters.ts";
import type { Grade, Kind } from "../provider/kind.ts";
import type { SeriesStore } from "../monitoring/series-store.ts";
import type { Jobs } from "../run/jobs.ts";
import type { Runner } from "../run/runner.ts";
import type { Schedules } from "../run/schedules.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { StorageServer } from "../storage/server.ts";
import type { ResourceStore } from "../store.ts";
import { bucketKinds } from "./bucket.ts";
import { cloudRunJobKinds } from "./cloud-run-job.ts";
import { cloudRunKinds } from "./cloud-run.ts";
import { customRoleKinds } from "./custom-role.ts";
import { iamMemberKinds } from "./iam-members.ts";
import { metricDescriptorKinds } from "./metric-descriptor.ts";
import { projectServiceKinds } from "./project-service.ts";
import { recordedKinds } from "./recorded.ts";
import { refusedKinds } from "./refused.ts";
import { schedulerJobKinds } from "./scheduler-job.ts";
import { secretKinds } from "./secret.ts";
import { serviceAccountKinds } from "./service-account.ts";
import { sqlKinds } from "./sql-kinds.ts";

export interface KindParts {
  readonly store: ResourceStore;
  readonly identity: Identity;
  readonly secrets: Secrets;
  readonly storage: StorageServer;
  readonly clusters: Clusters;
  readonly runner: Runner;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly series: SeriesStore;
}

export function googleKinds(parts: KindParts): Record<string, Kind> {
  const { store, identity, secrets, storage, clusters, runner, jobs, schedules, series } = parts;
  return {
    // real
    ...sqlKinds({ clusters, store }),
    ...bucketKinds({ server: storage, store }),
    ...serviceAccountKinds({ store, identity }),
    ...iamMemberKinds({ store, bindings: identity.bindings }),
    ...customRoleKinds({ store }),
    ...projectServiceKinds({ store }),
    ...secretKinds({ store, secrets }),
    ...cloudRunKinds({ store, runner }),
    ...cloudRunJobKinds({ store, jobs }),
    ...schedulerJobKinds({ store, schedules }),
    ...metricDescriptorKinds({ store }),
    // checked and kept, without an effect
    ...recordedKinds({ store, series }),
    // previewed only
    ...refusedKinds(),
  };
}

/** What has no effect here, in whole or in part, by type: one line on what is not there. */
export function notesOf(kinds: Readonly<Record<string, Kind>>, grade: Grade): Record<string, string> {
  const noted = Object.entries(kinds).flatMap(([type, kind]) =>
    kind.grade === grade && kind.note !== undefined ? [[type, kind.note] as const] : [],
  );
  return Object.fromEntries(noted);
}
