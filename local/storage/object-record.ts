// One version of an object: what is kept about it, and how the JSON API shows it.
import { createHash } from "node:crypto";
import { invalid, notImplemented } from "./storage-error.ts";

/** What a client may say about an object. */
export interface ObjectAttributes {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  /** RFC 3339. */
  readonly customTime?: string;
  readonly storageClass?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ObjectRecord extends ObjectAttributes {
  readonly name: string;
  /** Microseconds since 1970, unique in the bucket. */
  readonly generation: number;
  readonly metageneration: number;
  /** Bytes. */
  readonly size: number;
  /** Base64 of the big-endian CRC-32C. */
  readonly crc32c: string;
  /** Base64; composite objects have none. */
  readonly md5Hash?: string;
  readonly componentCount?: number;
  readonly storageClass: string;
  /** Times are milliseconds since 1970. */
  readonly timeCreated: number;
  readonly updated: number;
  readonly timeStorageClassUpdated: number;
  /** When it became noncurrent; live versions have none. */
  readonly timeDeleted?: number;
  /** When it was soft-deleted and when it goes for good; only in buckets with a soft-delete policy. */
  readonly softDeleteTime?: number;
  readonly hardDeleteTime?: number;
}

export const storageClasses = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] as const;

const textAttributes = [
  "contentType",
  "contentEncoding",
  "contentDisposition",
  "contentLanguage",
  "cacheControl",
  "customTime",
  "storageClass",
] as const;

/** Parts of the object resource that have an effect at Google and would have none here. */
const refusedAttributes = ["acl", "temporaryHold", "eventBasedHold", "retention", "contexts", "kmsKeyName"];

/** Metageneration and generation as Google packs them: opaque, changes with both. */
export function etagOf(record: ObjectRecord): string {
  const digest = createHash("sha256").update(`${record.generation}/${record.metageneration}`).digest();
  return digest.subarray(0, 9).toString("base64");
}

/** The object resource of the JSON API. `endpoint` is this server's address. */
export function objectResource(record: ObjectRecord, bucket: string, endpoint: string): Record<string, unknown> {
  const path = `${endpoint}/storage/v1/b/${bucket}/o/${encodeURIComponent(record.name)}`;
  const download = path.replace("/storage/", "/download/storage/");
  const { customTime, metadata, name, md5Hash, componentCount, crc32c, storageClass } = record;
  const time = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : new Date(value).toISOString();
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${record.generation}`,
    selfLink: path,
    mediaLink: `${download}?generation=${record.generation}&alt=media`,
    name,
    bucket,
    generation: String(record.generation),
    metageneration: String(record.metageneration),
    contentType: record.contentType,
    contentEncoding: record.contentEncoding,
    contentDisposition: record.contentDisposition,
    contentLanguage: record.contentLanguage,
    cacheControl: record.cacheControl,
    storageClass,
    size: String(record.size),
    md5Hash,
    crc32c,
    componentCount,
    etag: etagOf(record),
    metadata: metadata !== undefined && Object.keys(metadata).length > 0 ? metadata : undefined,
    customTime,
    timeCreated: time(record.timeCreated),
    updated: time(record.updated),
    timeStorageClassUpdated: time(record.timeStorageClassUpdated),
    timeFinalized: time(record.timeCreated),
    timeDeleted: time(record.timeDeleted),
    softDeleteTime: time(record.softDeleteTime),
    hardDeleteTime: time(record.hardDeleteTime),
  };
}

/** The attributes in an object resource that a client sent; 400 for what is not a value of theirs. */
export function attributesOf(resource: Readonly<Record<string, unknown>>): ObjectAttributes {
  return applyPatch({}, resource);
}

/** RFC 7396 over the writable attributes: `null` removes, custom metadata is merged key by key. */
export function applyPatch(present: ObjectAttributes, patch: Readonly<Record<string, unknown>>): ObjectAttributes {
  const refused = refusedAttributes.find(
    (name) => patch[name] !== undefined && patch[name] !== null && patch[name] !== false,
  );
  if (refused !== undefined) throw notImplemented(`the object's "${refused}"`);
  const next: Record<string, string | Readonly<Record<string, string>> | undefined> = { ...present };
  for (const name of textAttributes) {
    const value = patch[name];
    if (value === undefined) continue;
    if (value !== null && typeof value !== "string")
      throw invalid(`Invalid value for field "${name}": expected a string.`);
    next[name] = value ?? undefined;
  }
  if (patch["metadata"] !== undefined) next["metadata"] = mergedMetadata(present.metadata, patch["metadata"]);
  const attributes: ObjectAttributes = Object.fromEntries(
    Object.entries(next).filter(([, value]) => value !== undefined),
  );
  checkAttributes(attributes);
  return attributes;
}

function mergedMetadata(present: ObjectAttributes["metadata"], patch: unknown): Record<string, string> | undefined {
  if (patch === null) return undefined;
  if (typeof patch !== "object") throw invalid('Invalid value for field "metadata": expected an object.');
  const merged: Record<string, string> = { ...present };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = String(value);
  }
  return merged;
}

/** What a client has said about a version, without its class. */
export function describedIn(record: ObjectRecord): ObjectAttributes {
  const { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl, customTime, metadata } =
    record;
  const all = { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl, customTime, metadata };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Refuses attribute values that Google refuses. */
export function checkAttributes(attributes: ObjectAttributes): void {
  const { storageClass, customTime, metadata } = attributes;
  if (storageClass !== undefined && !storageClasses.some((known) => known === storageClass)) {
    throw invalid(`Invalid storage class "${storageClass}".`, "InvalidStorageClass");
  }
  if (customTime !== undefined && Number.isNaN(Date.parse(customTime))) {
    throw invalid(`Invalid value for field "customTime": "${customTime}" is no RFC 3339 time.`);
  }
  const bytes = Object.entries(metadata ?? {}).reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0);
  if (bytes > 8192) throw invalid(`Custom metadata has ${bytes} bytes; at most 8192 are allowed.`, "MetadataTooLarge");
}

/** 400 for names that Google refuses: 1 to 1024 bytes of UTF-8 without CR and LF, and neither "." nor "..". */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw invalid("Required");
  const code = "InvalidObjectName";
  if (bytes > 1024) throw invalid("The maximum object name length is 1024 bytes when UTF-8 encoded.", code);
  if (/[\r\n]/.test(name) || name === "." || name === ".." || name.startsWith(".well-known/acme-challenge/")) {
    throw invalid(`Invalid object name "${name}".`, code);
  }
}
