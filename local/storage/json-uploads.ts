// The JSON API's uploads: media, multipart and resumable.
import { receive, checkDigests, expectedDigests, lengthRangeOf } from "./content.ts";
import { parseJsonObject, type Exchange } from "./exchange.ts";
import type { Caller } from "./gate.ts";
import type { JsonObjects, JsonServices } from "./json-objects.ts";
import { splitRelated } from "./multipart-related.ts";
import { attributesOf, type ObjectAttributes } from "./object-record.ts";
import { jsonPreconditions, wholeNumber } from "./preconditions.ts";
import type { ResumableUploads } from "./resumable-upload.ts";
import { invalid, notImplemented } from "./storage-error.ts";

export class JsonUploads {
  private readonly services: JsonServices;
  private readonly objects: JsonObjects;
  private readonly resumable: ResumableUploads;

  constructor(services: JsonServices, objects: JsonObjects, resumable: ResumableUploads) {
    this.services = services;
    this.objects = objects;
    this.resumable = resumable;
  }

  /** PUT and DELETE on a session's address: the address is the permission. */
  async continue(exchange: Exchange, bucket: string, id: string): Promise<void> {
    if (exchange.method === "DELETE") {
      this.resumable.cancel(exchange, bucket, id);
      return;
    }
    const record = await this.resumable.put(exchange, bucket, id);
    if (record !== undefined) this.objects.answer(exchange, bucket, record);
  }

  async insert(exchange: Exchange, caller: Caller, bucketName: string): Promise<void> {
    if (exchange.parameter("kmsKeyName") !== undefined) throw notImplemented("encryption by Cloud KMS");
    if (exchange.parameter("predefinedAcl") !== undefined) this.refuseAcl(bucketName);
    switch (exchange.parameter("uploadType")) {
      case "media":
        await this.insertMedia(exchange, caller, bucketName);
        return;
      case "multipart":
        await this.insertMultipart(exchange, caller, bucketName);
        return;
      case "resumable":
        await this.begin(exchange, caller, bucketName);
        return;
      default:
        throw invalid(
          `Invalid uploadType "${exchange.parameter("uploadType") ?? ""}"; expected media, multipart or resumable.`,
        );
    }
  }

  private async insertMedia(exchange: Exchange, caller: Caller, bucketName: string): Promise<void> {
    const contentType = exchange.header("content-type");
    const contentEncoding = exchange.parameter("contentEncoding");
    await this.receive(exchange, caller, bucketName, {
      name: exchange.parameter("name") ?? "",
      attributes: {
        ...(contentType === undefined ? {} : { contentType }),
        ...(contentEncoding === undefined ? {} : { contentEncoding }),
      },
      promised: {},
      source: exchange.request as AsyncIterable<Uint8Array>,
    });
  }

  private async insertMultipart(exchange: Exchange, caller: Caller, bucketName: string): Promise<void> {
    const body = await splitRelated(exchange.request as AsyncIterable<Uint8Array>, exchange.header("content-type"));
    const resource = parseJsonObject(body.resource);
    const type = body.contentType === undefined ? {} : { contentType: body.contentType };
    await this.receive(exchange, caller, bucketName, {
      name: nameIn(exchange, resource),
      attributes: { ...type, ...attributesOf(resource) },
      promised: promisedIn(resource),
      source: body.content,
    });
  }

  private async receive(
    exchange: Exchange,
    caller: Caller,
    bucketName: string,
    upload: {
      name: string;
      attributes: ObjectAttributes;
      promised: { crc32c?: string | undefined; md5Hash?: string | undefined };
      source: AsyncIterable<Uint8Array>;
    },
  ): Promise<void> {
    const { operations } = this.services;
    const address = { bucket: bucketName, name: upload.name };
    const conditions = jsonPreconditions(exchange.query);
    const { objects } = operations.checkWrite(caller, address, conditions);
    const range = lengthRangeOf(exchange.header("x-goog-content-length-range"));
    const content = await receive(upload.source, objects.incoming(), range);
    const sent = expectedDigests({
      googHash: exchange.header("x-goog-hash"),
      contentMd5: exchange.header("content-md5"),
    });
    checkDigests(content, {
      crc32c: sent.crc32c ?? upload.promised.crc32c,
      md5Hash: sent.md5Hash ?? upload.promised.md5Hash,
    });
    const { attributes } = upload;
    this.objects.answer(exchange, bucketName, operations.store(caller, address, { content, attributes, conditions }));
  }

  private async begin(exchange: Exchange, caller: Caller, bucketName: string): Promise<void> {
    const resource = await exchange.json();
    const name = nameIn(exchange, resource);
    const preconditions = jsonPreconditions(exchange.query);
    const bucket = this.services.operations.checkWrite(caller, { bucket: bucketName, name }, preconditions);
    const type = exchange.header("x-upload-content-type");
    const size = exchange.header("x-upload-content-length");
    const session = bucket.uploads.begin({
      kind: "resumable",
      name,
      attributes: { ...(type === undefined ? {} : { contentType: type }), ...attributesOf(resource) },
      preconditions,
      principal: caller.principal,
      expected: promisedIn(resource),
      api: "json",
      ...(size === undefined ? {} : { declaredSize: wholeNumber(size, "X-Upload-Content-Length") }),
    });
    const query = new URLSearchParams({ uploadType: "resumable", name, upload_id: session.id });
    const location = `${this.services.endpoint()}/upload/storage/v1/b/${bucketName}/o?${query.toString()}`;
    exchange.send(200, { location, "x-guploader-uploadid": session.id });
  }

  private refuseAcl(bucketName: string): never {
    const { configuration } = this.services.buckets.get(bucketName).record;
    if (!configuration.iamConfiguration.uniformBucketLevelAccess.enabled) throw notImplemented("access control by ACL");
    throw invalid(
      "Cannot insert legacy ACL for an object when uniform bucket-level access is enabled. " +
        "Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access",
    );
  }
}

function nameIn(exchange: Exchange, resource: Record<string, unknown>): string {
  const name = resource["name"] ?? exchange.parameter("name");
  return typeof name === "string" ? name : "";
}

function promisedIn(resource: Record<string, unknown>): { crc32c?: string; md5Hash?: string } {
  const { crc32c, md5Hash } = resource;
  return {
    ...(typeof crc32c === "string" ? { crc32c } : {}),
    ...(typeof md5Hash === "string" ? { md5Hash } : {}),
  };
}
