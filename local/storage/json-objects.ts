// The JSON API's object methods: https://cloud.google.com/storage/docs/json_api/v1/objects
import type { Buckets } from "./buckets.ts";
import { sendContent } from "./download.ts";
import type { Exchange } from "./exchange.ts";
import type { Caller, Gate } from "./gate.ts";
import { listPage } from "./listing.ts";
import { attributesOf, describedIn, objectResource, type ObjectRecord } from "./object-record.ts";
import type { ObjectAddress, Operations } from "./operations.ts";
import { checkPreconditions, jsonPreconditions, wholeNumber } from "./preconditions.ts";
import { invalid, noSuchObject, notImplemented } from "./storage-error.ts";

export interface JsonServices {
  readonly buckets: Buckets;
  readonly gate: Gate;
  readonly operations: Operations;
  /** This server's address, for links. */
  readonly endpoint: () => string;
}

export class JsonObjects {
  private readonly services: JsonServices;

  constructor(services: JsonServices) {
    this.services = services;
  }

  list(exchange: Exchange, caller: Caller, bucketName: string): void {
    const { buckets, gate, endpoint } = this.services;
    const bucket = buckets.get(bucketName);
    gate.require(caller, "storage.objects.list", bucket);
    const parameter = (name: string): string | undefined => exchange.parameter(name);
    const refused = ["matchGlob", "filter", "includeFoldersAsPrefixes"].find((name) => parameter(name) !== undefined);
    if (refused !== undefined) throw notImplemented(`list parameter "${refused}"`);
    const page = listPage(bucket.objects, {
      prefix: parameter("prefix"),
      delimiter: parameter("delimiter"),
      versions: parameter("versions") === "true",
      softDeleted: parameter("softDeleted") === "true",
      startOffset: parameter("startOffset"),
      endOffset: parameter("endOffset"),
      includeTrailingDelimiter: parameter("includeTrailingDelimiter") === "true",
      maxResults: Math.min(wholeNumber(parameter("maxResults") ?? "1000", "maxResults"), 1000),
      pageToken: parameter("pageToken"),
    });
    exchange.sendJson(200, {
      kind: "storage#objects",
      ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
      ...(page.prefixes.length === 0 ? {} : { prefixes: page.prefixes }),
      items: page.items.map((record) => objectResource(record, bucketName, endpoint())),
    });
  }

  async get(exchange: Exchange, caller: Caller, address: ObjectAddress): Promise<void> {
    if (exchange.parameter("softDeleted") === "true") throw notImplemented("the get of a soft-deleted object");
    const { bucket, record } = this.services.operations.find(caller, address);
    checkPreconditions(jsonPreconditions(exchange.query), record, "read");
    if (exchange.parameter("alt") !== "media") {
      this.answer(exchange, address.bucket, record);
      return;
    }
    await sendContent(exchange, record, {
      path: bucket.objects.path(record),
      api: "json",
      mayOverride: caller.principal !== undefined,
    });
  }

  async change(exchange: Exchange, caller: Caller, address: ObjectAddress, replace: boolean): Promise<void> {
    const resource = await exchange.json();
    const conditions = jsonPreconditions(exchange.query);
    const record = this.services.operations.patch(caller, address, { resource, conditions, replace });
    this.answer(exchange, address.bucket, record);
  }

  delete(exchange: Exchange, caller: Caller, address: ObjectAddress): void {
    this.services.operations.delete(caller, address, jsonPreconditions(exchange.query));
    exchange.send(204);
  }

  async compose(exchange: Exchange, caller: Caller, address: ObjectAddress): Promise<void> {
    const { destination, sourceObjects, deleteSourceObjects } = await exchange.json();
    if (deleteSourceObjects === true) throw notImplemented('compose with "deleteSourceObjects"');
    const sources = (Array.isArray(sourceObjects) ? sourceObjects : []).map((source: unknown) => {
      const { name, generation, objectPreconditions } = object(source);
      if (typeof name !== "string") throw invalid("Each source object needs a name.");
      const match = object(objectPreconditions)["ifGenerationMatch"];
      return {
        name,
        ...(generation === undefined ? {} : { generation: wholeNumber(generation, "generation") }),
        conditions: match === undefined ? {} : { generationMatch: wholeNumber(match, "ifGenerationMatch") },
      };
    });
    const attributes = attributesOf(object(destination));
    const conditions = jsonPreconditions(exchange.query);
    const record = await this.services.operations.compose(caller, { ...address, conditions, attributes }, sources);
    this.answer(exchange, address.bucket, record);
  }

  /** copyTo answers with the resource, rewriteTo with its own form; here both are done in one step. */
  async copy(
    exchange: Exchange,
    caller: Caller,
    from: ObjectAddress,
    to: ObjectAddress,
    kind: "copy" | "rewrite",
  ): Promise<void> {
    if (exchange.parameter("destinationKmsKeyName") !== undefined) throw notImplemented("encryption by Cloud KMS");
    const attributes = attributesOf(await exchange.json());
    const generation = exchange.parameter("sourceGeneration");
    const record = this.services.operations.copy(
      caller,
      {
        ...from,
        generation: generation === undefined ? undefined : wholeNumber(generation, "sourceGeneration"),
        conditions: jsonPreconditions(exchange.query, "ifSource"),
      },
      { ...to, attributes, conditions: jsonPreconditions(exchange.query) },
    );
    const resource = objectResource(record, to.bucket, this.services.endpoint());
    if (kind === "copy") exchange.sendJson(200, resource);
    else {
      const size = String(record.size);
      exchange.sendJson(200, {
        kind: "storage#rewriteResponse",
        totalBytesRewritten: size,
        objectSize: size,
        done: true,
        resource,
      });
    }
  }

  /** Brings a soft-deleted version back as the live one. */
  restore(exchange: Exchange, caller: Caller, address: ObjectAddress): void {
    const { buckets, gate, operations } = this.services;
    const bucket = buckets.get(address.bucket);
    gate.require(caller, "storage.objects.restore", bucket, address.name);
    const deleted = bucket.objects
      .softDeletedVersions()
      .find((version) => version.name === address.name && version.generation === address.generation);
    if (deleted === undefined) throw noSuchObject(address.bucket, address.name);
    const { size, crc32c, md5Hash, storageClass, componentCount } = deleted;
    const path = bucket.objects.duplicate(deleted);
    const content = { path, size, crc32c, ...(md5Hash === undefined ? {} : { md5Hash }) };
    const composite = componentCount === undefined ? {} : { componentCount };
    const attributes = { ...describedIn(deleted), ...composite, storageClass };
    const conditions = jsonPreconditions(exchange.query);
    this.answer(exchange, address.bucket, operations.store(caller, address, { content, attributes, conditions }));
  }

  answer(exchange: Exchange, bucket: string, record: ObjectRecord): void {
    const resource = objectResource(record, bucket, this.services.endpoint());
    exchange.sendJson(200, resource, { etag: String(resource["etag"]) });
  }
}

/** The value as an object; `{}` for anything else. */
export function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
