/** Parts of an application that work with the bucket. */
export const bucketParts = ["streaming", "upload", "pipeline", "people"] as const;
export type BucketPart = (typeof bucketParts)[number];

export interface BucketRole {
  role: "roles/storage.objectViewer" | "roles/storage.objectCreator" | "roles/storage.objectUser";
  /** A condition could not stand in for a folder: it would deny every list, which is asked of the bucket. */
  on: "bucket" | "temp/";
  /** Whether it may sign URLs, as itself. */
  signs: boolean;
  why: string;
}

/** The least that each part needs. */
export const bucketRoles: Readonly<Record<BucketPart, BucketRole>> = {
  streaming: {
    ...{ role: "roles/storage.objectViewer", on: "bucket", signs: true },
    why: "a signed URL reads with the rights of its signer, so the signer reads and does nothing else",
  },
  upload: {
    ...{ role: "roles/storage.objectCreator", on: "temp/", signs: false },
    why: "writes what is new; cannot read, list, overwrite or delete, nor write outside temp/",
  },
  pipeline: {
    ...{ role: "roles/storage.objectUser", on: "bucket", signs: false },
    why: "promotes uploads: reads and deletes in temp/, writes audio and covers; the track service is one",
  },
  people: {
    ...{ role: "roles/storage.objectViewer", on: "bucket", signs: false },
    why: "a group that looks and listens",
  },
};
