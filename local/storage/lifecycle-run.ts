// One round of a bucket's lifecycle: asks the rules what is due and does it.
import type { Bucket } from "./buckets.ts";
import { lifecycleActions, uploadsToAbort, type LifecycleVersion } from "./lifecycle.ts";
import type { ObjectRecord } from "./object-record.ts";

/** What one round did. */
export interface LifecycleReport {
  readonly deleted: number;
  readonly classChanged: number;
  readonly uploadsAborted: number;
}

export function runLifecycle({ record, objects, uploads }: Bucket, now: number): LifecycleReport {
  const rules = record.configuration.lifecycle?.rule ?? [];
  const versions = objects.names().flatMap((name) => {
    const all = objects.versions(name);
    return all.map((version, index): LifecycleVersion & { version: ObjectRecord } => {
      const { generation, size, storageClass, timeCreated, timeDeleted, customTime } = version;
      return {
        ...{ version, name, generation, size, storageClass, timeCreated, newerVersions: all.length - 1 - index },
        ...(timeDeleted === undefined ? {} : { timeDeleted }),
        ...(customTime === undefined ? {} : { customTime }),
      };
    });
  });
  const report = { deleted: 0, classChanged: 0, uploadsAborted: 0 };
  for (const action of lifecycleActions(rules, versions, now)) {
    const { version } = action.version;
    if (action.type === "SetStorageClass") {
      objects.change(version, { ...version, storageClass: action.storageClass });
      report.classChanged += 1;
    } else {
      // A live version of a bucket with versioning becomes noncurrent; what is noncurrent goes.
      if (version.timeDeleted === undefined) objects.deleteLive(version);
      else objects.drop(version);
      report.deleted += 1;
    }
  }
  for (const { id } of uploadsToAbort(rules, uploads.list("multipart"), now)) {
    uploads.remove(id);
    report.uploadsAborted += 1;
  }
  uploads.removeExpired();
  objects.purge();
  return report;
}
