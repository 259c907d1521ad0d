// What can be done to objects, the same for both APIs: permission first, then existence, then preconditions, then the deed.
import { rmSync } from "node:fs";
import type { Bucket, Buckets } from "./buckets.ts";
import { concatenated, receive, type Content } from "./content.ts";
import type { Caller, Gate } from "./gate.ts";
import {
  applyPatch,
  checkAttributes,
  checkObjectName,
  describedIn,
  type ObjectAttributes,
  type ObjectRecord,
} from "./object-record.ts";
import { checkPreconditions, type Preconditions } from "./preconditions.ts";
import { invalid, noSuchObject } from "./storage-error.ts";

export interface ObjectAddress {
  readonly bucket: string;
  readonly name: string;
  /** A certain version; the live one when left out. */
  readonly generation?: number | undefined;
}

export class Operations {
  private readonly buckets: Buckets;
  private readonly gate: Gate;

  constructor(buckets: Buckets, gate: Gate) {
    this.buckets = buckets;
    this.gate = gate;
  }

  /** The version that the address means, for a caller with `permission` on it. */
  find(
    caller: Caller,
    address: ObjectAddress,
    permission = "storage.objects.get",
  ): { bucket: Bucket; record: ObjectRecord } {
    const bucket = this.buckets.get(address.bucket);
    this.gate.require(caller, permission, bucket, address.name);
    const record = present(bucket, address);
    // Without the right to list, a caller does not learn what is not there.
    if (record === undefined) this.gate.require(caller, "storage.objects.list", bucket);
    if (record === undefined) throw noSuchObject(address.bucket, address.name);
    return { bucket, record };
  }

  /** Whether the caller may store under this name now; asked before the bytes arrive and again when they have. */
  checkWrite(caller: Caller, address: ObjectAddress, conditions: Preconditions): Bucket {
    const bucket = this.buckets.get(address.bucket);
    checkObjectName(address.name);
    this.gate.require(caller, "storage.objects.create", bucket, address.name);
    const live = bucket.objects.live(address.name);
    if (live !== undefined) this.gate.require(caller, "storage.objects.delete", bucket, address.name);
    checkPreconditions(conditions, live, "write");
    return bucket;
  }

  /** Stores content that has arrived; its file is gone when that fails. */
  store(
    caller: Caller,
    address: ObjectAddress,
    stored: {
      content: Omit<Content, "md5Hash"> & { md5Hash?: string };
      attributes: ObjectAttributes & { componentCount?: number };
      conditions: Preconditions;
    },
  ): ObjectRecord {
    try {
      checkAttributes(stored.attributes);
      const bucket = this.checkWrite(caller, address, stored.conditions);
      return bucket.objects.put(address.name, stored.content, stored.attributes);
    } catch (error) {
      rmSync(stored.content.path, { force: true });
      throw error;
    }
  }

  /** Changes attributes; `replace` drops those that are not named (PUT), else they stay (PATCH). */
  patch(
    caller: Caller,
    address: ObjectAddress,
    change: { resource: Record<string, unknown>; conditions: Preconditions; replace: boolean },
  ): ObjectRecord {
    const { bucket, record } = this.find(caller, address, "storage.objects.update");
    checkPreconditions(change.conditions, record, "write");
    const wanted = change.resource["storageClass"];
    if (wanted !== undefined && wanted !== null && wanted !== record.storageClass) {
      throw invalid("The storage class of an object is changed by rewriting it.");
    }
    const base = change.replace ? {} : describedIn(record);
    const { storageClass } = record;
    return bucket.objects.change(record, applyPatch({ ...base, storageClass }, change.resource));
  }

  /** Deletes the live version, or for good the one that the address names. */
  delete(caller: Caller, address: ObjectAddress, conditions: Preconditions): void {
    const { bucket, record } = this.find(caller, address, "storage.objects.delete");
    checkPreconditions(conditions, record, "write");
    if (address.generation === undefined) bucket.objects.deleteLive(record);
    else bucket.objects.drop(record);
  }

  /** Copies a version, with its attributes where `attributes` names none. */
  copy(
    caller: Caller,
    from: ObjectAddress & { conditions: Preconditions },
    to: ObjectAddress & { conditions: Preconditions; attributes: ObjectAttributes },
  ): ObjectRecord {
    const source = this.find(caller, from);
    checkPreconditions(from.conditions, source.record, "write");
    const target = this.checkWrite(caller, to, to.conditions);
    const { storageClass, ...described } = to.attributes;
    const replaced = Object.keys(described).length > 0;
    const { size, crc32c, md5Hash, componentCount } = source.record;
    // A link never leaves its bucket's folder before it is stored; both folders are on the same disk.
    const path = source.bucket.objects.duplicate(source.record);
    const content = { path, size, crc32c, ...(md5Hash === undefined ? {} : { md5Hash }) };
    const attributes = {
      ...(replaced ? described : describedIn(source.record)),
      storageClass: storageClass ?? target.record.configuration.storageClass,
      ...(componentCount === undefined ? {} : { componentCount }),
    };
    return this.store(caller, to, { content, attributes, conditions: to.conditions });
  }

  /** Joins 1 to 32 objects of a bucket into one; the result has a CRC-32C and no MD5, as at Google. */
  async compose(
    caller: Caller,
    to: ObjectAddress & { conditions: Preconditions; attributes: ObjectAttributes },
    sources: readonly { name: string; generation?: number; conditions: Preconditions }[],
  ): Promise<ObjectRecord> {
    if (sources.length === 0 || sources.length > 32) {
      throw invalid(`The number of source components provided (${sources.length}) is not between 1 and 32.`);
    }
    const bucket = this.checkWrite(caller, to, to.conditions);
    const records = sources.map(({ name, generation, conditions }) => {
      const { record } = this.find(caller, { bucket: to.bucket, name, generation });
      checkPreconditions(conditions, record, "write");
      return record;
    });
    const paths = records.map((record) => bucket.objects.path(record));
    const { path, size, crc32c } = await receive(concatenated(paths), bucket.objects.incoming());
    const componentCount = records.reduce((sum, record) => sum + (record.componentCount ?? 1), 0);
    return this.store(caller, to, {
      content: { path, size, crc32c },
      attributes: { ...to.attributes, componentCount },
      conditions: to.conditions,
    });
  }
}

function present(bucket: Bucket, { name, generation }: ObjectAddress): ObjectRecord | undefined {
  return generation === undefined ? bucket.objects.live(name) : bucket.objects.version(name, generation);
}
