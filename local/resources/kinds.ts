// The table of the local cloud: every resource type of the `gcp` package that has a schema, with what it does here and its grade.
import type { Identity } from "../identity/identity.ts";
import type { Clusters } from "../postgres/clusters.ts";
import type { Grade, Kind } from "../provider/kind.ts";
import type { Runner } from "../run/runner.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { StorageServer } from "../storage/server.ts";
import type { ResourceStore } from "../store.ts";
import { bucketKinds } from "./bucket.ts";
import { cloudRunKinds } from "./cloud-run.ts";
import { customRoleKinds } from "./custom-role.ts";
import { iamMemberKinds } from "./iam-members.ts";
import { projectServiceKinds } from "./project-service.ts";
import { recordedKinds } from "./recorded.ts";
import { refusedKinds } from "./refused.ts";
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
}

export function googleKinds({ store, identity, secrets, storage, clusters, runner }: KindParts): Record<string, Kind> {
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
    // checked and kept, without an effect
    ...recordedKinds({ store }),
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
