// The routes of the JSON API below /storage/v1, /upload/storage/v1 and /download/storage/v1.
import type { Exchange } from "./exchange.ts";
import type { Caller } from "./gate.ts";
import type { JsonBuckets } from "./json-buckets.ts";
import { JsonObjects, type JsonServices } from "./json-objects.ts";
import { JsonUploads } from "./json-uploads.ts";
import type { ObjectAddress } from "./operations.ts";
import { wholeNumber } from "./preconditions.ts";
import type { ResumableUploads } from "./resumable-upload.ts";
import { invalid, notImplemented } from "./storage-error.ts";

const prefixes = ["/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/"];

export function isJsonApi(exchange: Exchange): boolean {
  return prefixes.some((prefix) => exchange.rawPath.startsWith(prefix)) || exchange.rawPath.startsWith("/batch/");
}

export class JsonApi {
  private readonly services: JsonServices;
  private readonly buckets: JsonBuckets;
  private readonly objects: JsonObjects;
  private readonly uploads: JsonUploads;

  constructor(services: JsonServices, buckets: JsonBuckets, resumable: ResumableUploads) {
    this.services = services;
    this.buckets = buckets;
    this.objects = new JsonObjects(services);
    this.uploads = new JsonUploads(services, this.objects, resumable);
  }

  async handle(exchange: Exchange): Promise<void> {
    const prefix = prefixes.find((candidate) => exchange.rawPath.startsWith(candidate));
    if (prefix === undefined) throw unknownMethod(exchange);
    const [collection, bucket, kind, ...rest] = exchange.segments(prefix);
    if (collection !== "b") throw unknownMethod(exchange);
    const upload = exchange.parameter("upload_id");
    if (prefix.startsWith("/upload/") && upload !== undefined && bucket !== undefined && exchange.method !== "POST") {
      await this.uploads.continue(exchange, bucket, upload);
      return;
    }
    refuseCustomerKeys(exchange);
    const caller = this.services.gate.callerOf(exchange, "json");
    if (bucket === undefined) {
      if (exchange.method !== "GET") throw notImplemented("the creation of a bucket by API (declare it instead)");
      this.buckets.list(exchange, caller);
    } else if (prefix.startsWith("/upload/")) {
      if (kind !== "o" || exchange.method !== "POST") throw unknownMethod(exchange);
      await this.uploads.insert(exchange, caller, bucket);
    } else if (kind === "o") await this.handleObject(exchange, caller, bucket, rest);
    else await this.handleBucket(exchange, caller, bucket, [kind ?? "", ...rest].join("/"));
  }

  private async handleBucket(exchange: Exchange, caller: Caller, bucket: string, part: string): Promise<void> {
    switch (`${exchange.method} ${part}`) {
      case "GET ":
        this.buckets.get(exchange, caller, bucket);
        return;
      case "PATCH ":
        await this.buckets.patch(exchange, caller, bucket);
        return;
      case "GET iam":
        this.buckets.policy(exchange, caller, bucket);
        return;
      case "GET iam/testPermissions":
        this.buckets.testPermissions(exchange, caller, bucket);
        return;
      case "PUT iam":
        throw notImplemented("the change of an IAM policy by API (declare a BucketIAMMember instead)");
      default:
        if (/^(acl|defaultObjectAcl)/.test(part)) this.refuseAcl(bucket, "a bucket");
        throw unknownMethod(exchange);
    }
  }

  private async handleObject(
    exchange: Exchange,
    caller: Caller,
    bucket: string,
    rest: readonly string[],
  ): Promise<void> {
    const [name, verb, ...target] = rest;
    const { method } = exchange;
    if (name === undefined) {
      if (method !== "GET") throw unknownMethod(exchange);
      this.objects.list(exchange, caller, bucket);
      return;
    }
    const generation = exchange.parameter("generation");
    const address: ObjectAddress = {
      bucket,
      name,
      ...(generation === undefined ? {} : { generation: wholeNumber(generation, "generation") }),
    };
    if (verb === "acl") this.refuseAcl(bucket, "an object");
    if (verb !== undefined) await this.handleVerb(exchange, caller, address, [verb, ...target]);
    else if (method === "GET") await this.objects.get(exchange, caller, address);
    else if (method === "PATCH" || method === "PUT")
      await this.objects.change(exchange, caller, address, method === "PUT");
    else if (method === "DELETE") this.objects.delete(exchange, caller, address);
    else throw unknownMethod(exchange);
  }

  private async handleVerb(
    exchange: Exchange,
    caller: Caller,
    address: ObjectAddress,
    path: readonly string[],
  ): Promise<void> {
    const [verb, b, bucket, o, name] = path;
    if (exchange.method !== "POST") throw unknownMethod(exchange);
    if (verb === "compose") await this.objects.compose(exchange, caller, address);
    else if (verb === "restore") this.objects.restore(exchange, caller, address);
    else if (
      (verb === "copyTo" || verb === "rewriteTo") &&
      b === "b" &&
      o === "o" &&
      bucket !== undefined &&
      name !== undefined
    ) {
      await this.objects.copy(exchange, caller, address, { bucket, name }, verb === "copyTo" ? "copy" : "rewrite");
    } else throw unknownMethod(exchange);
  }

  private refuseAcl(bucket: string, what: string): never {
    const { configuration } = this.services.buckets.get(bucket).record;
    if (!configuration.iamConfiguration.uniformBucketLevelAccess.enabled) throw notImplemented("access control by ACL");
    throw invalid(
      `Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled (asked for the ACL of ${what}). ` +
        "Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access",
    );
  }
}

function refuseCustomerKeys(exchange: Exchange): void {
  const key = exchange.headerNames().find((name) => name.startsWith("x-goog-encryption-"));
  if (key !== undefined) throw notImplemented("encryption with keys of the customer");
}

function unknownMethod(exchange: Exchange): Error {
  return notImplemented(`${exchange.method} ${exchange.rawPath}`);
}
