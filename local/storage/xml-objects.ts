// The XML API's object methods and lists: https://cloud.google.com/storage/docs/xml-api/overview
import type { Buckets } from "./buckets.ts";
import { checkDigests, expectedDigests, lengthRangeOf, receive } from "./content.ts";
import { sendContent, xmlEtag } from "./download.ts";
import { decode, type Exchange } from "./exchange.ts";
import type { Caller, Gate } from "./gate.ts";
import { listPage } from "./listing.ts";
import type { ObjectAttributes, ObjectRecord } from "./object-record.ts";
import type { ObjectAddress, Operations } from "./operations.ts";
import { checkPreconditions, wholeNumber, xmlPreconditions } from "./preconditions.ts";
import { StorageError, invalid, notImplemented, xmlDocument } from "./storage-error.ts";

export interface XmlServices {
  readonly buckets: Buckets;
  readonly gate: Gate;
  readonly operations: Operations;
  readonly endpoint: () => string;
}

export const xmlNamespace = "http://doc.s3.amazonaws.com/2006-03-01";

export class XmlObjects {
  private readonly services: XmlServices;

  constructor(services: XmlServices) {
    this.services = services;
  }

  /** GET and HEAD. */
  async get(exchange: Exchange, caller: Caller, address: ObjectAddress): Promise<void> {
    const { bucket, record } = this.services.operations.find(caller, address);
    checkPreconditions(
      xmlPreconditions((name) => exchange.header(name)),
      record,
      "read",
    );
    const path = bucket.objects.path(record);
    await sendContent(exchange, record, { path, api: "xml", mayOverride: caller.principal !== undefined });
  }

  async put(exchange: Exchange, caller: Caller, address: ObjectAddress): Promise<void> {
    const { operations } = this.services;
    const conditions = xmlPreconditions((name) => exchange.header(name));
    const source = exchange.header("x-goog-copy-source");
    if (source !== undefined) {
      this.copy(exchange, caller, address, source);
      return;
    }
    const { objects } = operations.checkWrite(caller, address, conditions);
    const range = lengthRangeOf(exchange.header("x-goog-content-length-range"));
    const content = await receive(exchange.request as AsyncIterable<Uint8Array>, objects.incoming(), range);
    const googHash = exchange.header("x-goog-hash");
    checkDigests(content, expectedDigests({ googHash, contentMd5: exchange.header("content-md5") }));
    this.answer(
      exchange,
      operations.store(caller, address, { content, attributes: attributesIn(exchange), conditions }),
    );
  }

  delete(exchange: Exchange, caller: Caller, address: ObjectAddress): void {
    const conditions = xmlPreconditions((name) => exchange.header(name));
    this.services.operations.delete(caller, address, conditions);
    exchange.send(204);
  }

  /** GET on a bucket, both versions of the list. */
  list(exchange: Exchange, caller: Caller, bucketName: string): void {
    const { buckets, gate } = this.services;
    const bucket = buckets.get(bucketName);
    gate.require(caller, "storage.objects.list", bucket);
    const second = exchange.parameter("list-type") === "2";
    const prefix = exchange.parameter("prefix");
    const delimiter = exchange.parameter("delimiter");
    const maxKeys = Math.min(wholeNumber(exchange.parameter("max-keys") ?? "1000", "max-keys"), 1000);
    const after = exchange.parameter(second ? "start-after" : "marker");
    const page = listPage(bucket.objects, {
      prefix,
      delimiter,
      maxResults: maxKeys,
      // The name after `after`: nothing sorts between a name and the same name with a zero byte.
      startOffset: after === undefined ? undefined : `${after}\0`,
      pageToken: exchange.parameter("continuation-token"),
    });
    const truncated = page.nextPageToken !== undefined;
    const last = page.items.at(-1)?.name ?? page.prefixes.at(-1);
    exchange.sendXml(
      200,
      xmlDocument({
        ListBucketResult: {
          "@_xmlns": xmlNamespace,
          Name: bucketName,
          Prefix: prefix ?? "",
          ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
          ...(second ? { KeyCount: page.items.length + page.prefixes.length } : { Marker: after ?? "" }),
          MaxKeys: maxKeys,
          IsTruncated: truncated,
          ...(truncated ? (second ? { NextContinuationToken: page.nextPageToken } : { NextMarker: last ?? "" }) : {}),
          Contents: page.items.map((record) => ({
            Key: record.name,
            Generation: record.generation,
            MetaGeneration: record.metageneration,
            LastModified: new Date(record.updated).toISOString(),
            ETag: xmlEtag(record),
            Size: record.size,
            StorageClass: record.storageClass,
          })),
          CommonPrefixes: page.prefixes.map((folder) => ({ Prefix: folder })),
        },
      }),
    );
  }

  /** The headers of a stored object, as uploads answer. */
  answer(exchange: Exchange, record: ObjectRecord): void {
    const { md5Hash, crc32c } = record;
    exchange.send(200, {
      etag: xmlEtag(record),
      "x-goog-generation": record.generation,
      "x-goog-metageneration": record.metageneration,
      "x-goog-hash": `crc32c=${crc32c}${md5Hash === undefined ? "" : `,md5=${md5Hash}`}`,
      "x-goog-stored-content-encoding": record.contentEncoding === "gzip" ? "gzip" : "identity",
      "x-goog-stored-content-length": record.size,
    });
  }

  private copy(exchange: Exchange, caller: Caller, to: ObjectAddress, source: string): void {
    const match = /^\/?([^/]+)\/(.+)$/.exec(source);
    if (match === null) throw invalid(`Invalid x-goog-copy-source "${source}"; expected BUCKET/OBJECT.`);
    exchange.request.resume();
    const generation = exchange.header("x-goog-copy-source-generation");
    const header = (name: string): string | undefined => exchange.header(name);
    const replaces = exchange.header("x-goog-metadata-directive") === "REPLACE";
    const record = this.services.operations.copy(
      caller,
      {
        bucket: match[1] ?? "",
        name: decode(match[2] ?? ""),
        generation: generation === undefined ? undefined : wholeNumber(generation, "x-goog-copy-source-generation"),
        conditions: xmlPreconditions(header, "x-goog-copy-source-if-"),
      },
      { ...to, attributes: replaces ? attributesIn(exchange) : {}, conditions: xmlPreconditions(header) },
    );
    const CopyObjectResult = { LastModified: new Date(record.updated).toISOString(), ETag: xmlEtag(record) };
    exchange.sendXml(200, xmlDocument({ CopyObjectResult }), { "x-goog-generation": record.generation });
  }
}

/** Attributes in the headers of an upload. */
export function attributesIn(exchange: Exchange): ObjectAttributes {
  const acl = exchange.header("x-goog-acl");
  if (acl !== undefined) {
    const details = "Cannot insert legacy ACL for an object when uniform bucket-level access is enabled.";
    throw new StorageError({
      status: 400,
      reason: "invalid",
      code: "InvalidArgument",
      message: "Invalid argument.",
      details,
    });
  }
  const metadata: Record<string, string> = {};
  for (const name of exchange.headerNames()) {
    if (name.startsWith("x-goog-encryption-")) throw notImplemented("encryption with keys of the customer");
    // Header bytes are UTF-8, which Node shows as Latin-1.
    if (name.startsWith("x-goog-meta-")) {
      metadata[name.slice("x-goog-meta-".length)] = Buffer.from(exchange.header(name) ?? "", "latin1").toString("utf8");
    }
  }
  const named = {
    contentType: exchange.header("content-type"),
    contentEncoding: exchange.header("content-encoding"),
    contentDisposition: exchange.header("content-disposition"),
    contentLanguage: exchange.header("content-language"),
    cacheControl: exchange.header("cache-control"),
    customTime: exchange.header("x-goog-custom-time"),
    storageClass: exchange.header("x-goog-storage-class"),
  };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...(Object.keys(metadata).length > 0 ? { metadata } : {}) };
}
