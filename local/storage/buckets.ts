// The buckets of this machine: one folder each, with its configuration, its objects and its unfinished uploads.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";
import type { BucketConfiguration } from "./bucket-configuration.ts";
import { ObjectShelf } from "./object-shelf.ts";
import { conflict, noSuchBucket } from "./storage-error.ts";
import { Uploads } from "./uploads.ts";

export interface BucketRecord {
  readonly name: string;
  readonly project: string;
  /** Upper case, as Google shows it. */
  readonly location: string;
  readonly metageneration: number;
  /** Milliseconds since 1970. */
  readonly timeCreated: number;
  readonly updated: number;
  /** Since when the soft-delete policy is as it is. */
  readonly softDeleteEffective: number;
  readonly configuration: BucketConfiguration;
}

export interface Bucket {
  readonly record: BucketRecord;
  readonly objects: ObjectShelf;
  readonly uploads: Uploads;
}

export class Buckets {
  private readonly folder: string;
  private readonly clock: () => number;
  private readonly byName = new Map<string, { record: BucketRecord; objects: ObjectShelf; uploads: Uploads }>();

  constructor(paths: LocalPaths, clock: () => number) {
    this.folder = paths.folder("cloud", "buckets");
    this.clock = clock;
    for (const name of readdirSync(this.folder)) {
      const file = join(this.folder, name, "bucket.json");
      // A folder without its file is a creation or a deletion that was cut short.
      if (existsSync(file)) this.open(JSON.parse(readFileSync(file, "utf8")) as BucketRecord);
      else rmSync(join(this.folder, name), { recursive: true, force: true });
    }
  }

  find(name: string): Bucket | undefined {
    return this.byName.get(name);
  }

  /** 404 when there is no such bucket. */
  get(name: string): Bucket {
    const bucket = this.byName.get(name);
    if (bucket === undefined) throw noSuchBucket();
    return bucket;
  }

  list(): Bucket[] {
    return [...this.byName.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  /** Makes the bucket, or brings the one that is there to the configuration; 409 when that is another's or elsewhere. */
  create(named: { name: string; project: string; location: string }, configuration: BucketConfiguration): Bucket {
    const present = this.byName.get(named.name);
    if (present !== undefined) {
      const same = present.record.project === named.project && present.record.location === named.location;
      if (same) return this.configure(named.name, configuration);
      throw conflict(
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. " +
          "Please select a different name and try again.",
        "BucketAlreadyExists",
      );
    }
    const now = this.clock();
    const times = { timeCreated: now, updated: now, softDeleteEffective: now };
    const record: BucketRecord = { ...named, metageneration: 1, ...times, configuration };
    mkdirSync(join(this.folder, named.name), { recursive: true, mode: 0o700 });
    this.write(record);
    return this.open(record);
  }

  /** Replaces the configuration; the metageneration goes up when it is another one. */
  configure(name: string, configuration: BucketConfiguration): Bucket {
    const bucket = this.byName.get(name);
    if (bucket === undefined) throw noSuchBucket();
    const { record } = bucket;
    if (JSON.stringify(record.configuration) === JSON.stringify(configuration)) return bucket;
    const now = this.clock();
    const before = record.configuration.softDeletePolicy.retentionDurationSeconds;
    const softDeleteChanged = before !== configuration.softDeletePolicy.retentionDurationSeconds;
    bucket.record = {
      ...record,
      configuration,
      metageneration: record.metageneration + 1,
      updated: now,
      softDeleteEffective: softDeleteChanged ? now : record.softDeleteEffective,
    };
    this.write(bucket.record);
    return bucket;
  }

  /** Removes the bucket; 409 in Google's words while objects are in it, unless `force` removes them too. */
  delete(name: string, force: boolean): void {
    const bucket = this.byName.get(name);
    if (bucket === undefined) return;
    const { objects } = bucket;
    if (!force && objects.names().length > 0) {
      const versions = objects.names().some((object) => objects.live(object) === undefined);
      const details = versions
        ? "The bucket you tried to delete is not empty. You must delete all object versions."
        : "The bucket you tried to delete is not empty.";
      throw conflict(details, "BucketNotEmpty");
    }
    this.byName.delete(name);
    rmSync(join(this.folder, name, "bucket.json"), { force: true });
    rmSync(join(this.folder, name), { recursive: true, force: true });
  }

  private open(record: BucketRecord): Bucket {
    const folder = join(this.folder, record.name);
    const settings = (): { versioning: boolean; softDeleteSeconds: number; storageClass: string } => {
      const { versioning, softDeletePolicy, storageClass } = (this.byName.get(record.name)?.record ?? record)
        .configuration;
      return {
        versioning: versioning?.enabled === true,
        softDeleteSeconds: softDeletePolicy.retentionDurationSeconds,
        storageClass,
      };
    };
    const bucket = {
      record,
      objects: new ObjectShelf(folder, settings, this.clock),
      uploads: new Uploads(join(folder, "uploads"), this.clock),
    };
    this.byName.set(record.name, bucket);
    return bucket;
  }

  private write(record: BucketRecord): void {
    writeFileAtomically(join(this.folder, record.name, "bucket.json"), JSON.stringify(record, null, 2));
  }
}
