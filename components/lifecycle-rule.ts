/** A class with its price at rest: from the dearest to the cheapest. */
export type StorageClass = "STANDARD" | "NEARLINE" | "COLDLINE" | "ARCHIVE";

export const storageClasses = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] as const;

/** Days that are billed even when an object is deleted sooner. cloud.google.com/storage/docs/storage-classes */
export const minimumDays: Readonly<Record<StorageClass, number>> = {
  STANDARD: 0,
  NEARLINE: 30,
  COLDLINE: 90,
  ARCHIVE: 365,
};

/** A rule in the provider's form. */
export interface LifecycleRule {
  action:
    { type: "Delete" | "AbortIncompleteMultipartUpload" } | { type: "SetStorageClass"; storageClass: StorageClass };
  /** All of them must hold. */
  condition: LifecycleCondition;
}

/** What a rule may ask for, by its name with the provider. Dates are `YYYY-MM-DD`; their midnight in UTC counts. */
export interface ObjectConditions {
  /** Days since the object was written; of an unfinished upload, since it began. */
  age?: number | undefined;
  createdBefore?: string | undefined;
  /** The date that whoever wrote the object gave it; an object without one never matches. */
  customTimeBefore?: string | undefined;
  daysSinceCustomTime?: number | undefined;
  /** Days since it was deleted or overwritten. */
  daysSinceNoncurrentTime?: number | undefined;
  noncurrentTimeBefore?: string | undefined;
  /** Newer versions of the same name, the live one included. */
  numNewerVersions?: number | undefined;
  matchesPrefixes?: string[] | undefined;
  matchesSuffixes?: string[] | undefined;
  matchesStorageClasses?: StorageClass[] | undefined;
  sizeAboveBytes?: number | undefined;
  sizeBelowBytes?: number | undefined;
}

export interface LifecycleCondition extends ObjectConditions {
  /** The provider leaves a 0 out unless it is told to send it. */
  sendDaysSinceNoncurrentTimeIfZero?: true;
  withState?: "LIVE" | "ARCHIVED" | "ANY";
}
