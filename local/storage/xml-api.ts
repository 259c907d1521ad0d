// The routes of the XML API, path style: /BUCKET and /BUCKET/OBJECT.
import { lengthRangeOf } from "./content.ts";
import { responseHeaders } from "./cors.ts";
import { decode, type Exchange } from "./exchange.ts";
import type { Caller } from "./gate.ts";
import type { ObjectAddress } from "./operations.ts";
import { isForm, PostForms } from "./post-form.ts";
import { wholeNumber, xmlPreconditions } from "./preconditions.ts";
import type { ResumableUploads } from "./resumable-upload.ts";
import { notImplemented } from "./storage-error.ts";
import { XmlMultipart } from "./xml-multipart.ts";
import { XmlObjects, attributesIn, type XmlServices } from "./xml-objects.ts";

/** Sub-resources that Google has and that are edited by declaration here. */
const subResources = [
  ...["acl", "billing", "compose", "cors", "encryption", "lifecycle", "location", "logging", "notification"],
  ...["policy", "storageClass", "tagging", "versioning", "versions", "websiteConfig"],
];

export class XmlApi {
  private readonly services: XmlServices;
  private readonly objects: XmlObjects;
  private readonly multipart: XmlMultipart;
  private readonly forms: PostForms;
  private readonly resumable: ResumableUploads;

  constructor(services: XmlServices, resumable: ResumableUploads) {
    this.services = services;
    this.objects = new XmlObjects(services);
    this.multipart = new XmlMultipart(services);
    this.forms = new PostForms(services);
    this.resumable = resumable;
  }

  async handle(exchange: Exchange): Promise<void> {
    const { bucket, name } = xmlAddress(exchange);
    this.allowOrigin(exchange, bucket);
    const session = exchange.parameter("upload_id");
    if (session !== undefined && name !== "" && (exchange.method === "PUT" || exchange.method === "DELETE")) {
      await this.continue(exchange, bucket, session);
      return;
    }
    if (exchange.method === "POST" && name === "" && isForm(exchange)) {
      await this.forms.post(exchange, bucket);
      return;
    }
    const caller = this.services.gate.callerOf(exchange, "xml");
    const refused = subResources.find((part) => exchange.query.has(part));
    if (refused !== undefined) throw notImplemented(`the XML sub-resource "${refused}"`);
    if (bucket === "") throw notImplemented("the XML list of buckets");
    if (name === "") this.handleBucket(exchange, caller, bucket);
    else {
      const generation = exchange.parameter("generation");
      await this.handleObject(exchange, caller, {
        bucket,
        name,
        ...(generation === undefined ? {} : { generation: wholeNumber(generation, "generation") }),
      });
    }
  }

  private handleBucket(exchange: Exchange, caller: Caller, bucket: string): void {
    if (exchange.method === "HEAD") {
      this.services.gate.require(caller, "storage.buckets.get", this.services.buckets.get(bucket));
      exchange.send(200);
    } else if (exchange.method !== "GET") throw notImplemented(`${exchange.method} of a bucket (declare it instead)`);
    else if (exchange.query.has("uploads")) this.multipart.listUploads(exchange, caller, bucket);
    else this.objects.list(exchange, caller, bucket);
  }

  private async handleObject(exchange: Exchange, caller: Caller, address: ObjectAddress): Promise<void> {
    const upload = exchange.parameter("uploadId");
    switch (exchange.method) {
      case "GET":
      case "HEAD":
        if (upload !== undefined) this.multipart.listParts(exchange, caller, address, upload);
        else await this.objects.get(exchange, caller, address);
        return;
      case "PUT":
        if (upload !== undefined) await this.multipart.putPart(exchange, caller, address, upload);
        else await this.objects.put(exchange, caller, address);
        return;
      case "POST":
        if (upload !== undefined) await this.multipart.complete(exchange, caller, address, upload);
        else if (exchange.query.has("uploads")) this.multipart.begin(exchange, caller, address);
        else if (exchange.header("x-goog-resumable") === "start") this.beginResumable(exchange, caller, address);
        else throw notImplemented("a POST of an object that begins no upload");
        return;
      case "DELETE":
        if (upload !== undefined) this.multipart.abort(exchange, caller, address, upload);
        else this.objects.delete(exchange, caller, address);
        return;
      default:
        throw notImplemented(`${exchange.method} of an object`);
    }
  }

  private beginResumable(exchange: Exchange, caller: Caller, address: ObjectAddress): void {
    const preconditions = xmlPreconditions((name) => exchange.header(name));
    const bucket = this.services.operations.checkWrite(caller, address, preconditions);
    exchange.request.resume();
    const range = lengthRangeOf(exchange.header("x-goog-content-length-range"));
    const { id } = bucket.uploads.begin({
      kind: "resumable",
      name: address.name,
      attributes: attributesIn(exchange),
      preconditions,
      principal: caller.principal,
      expected: {},
      api: "xml",
      ...(range === undefined ? {} : { range }),
    });
    exchange.send(201, { location: `${this.services.endpoint()}${exchange.rawPath}?upload_id=${id}` });
  }

  private async continue(exchange: Exchange, bucket: string, id: string): Promise<void> {
    if (exchange.method === "DELETE") {
      this.resumable.cancel(exchange, bucket, id);
      return;
    }
    const record = await this.resumable.put(exchange, bucket, id);
    if (record !== undefined) this.objects.answer(exchange, record);
  }

  /** Set before anything can fail: a page may read an error's body too. */
  private allowOrigin(exchange: Exchange, bucket: string): void {
    const cors = this.services.buckets.find(bucket)?.record.configuration.cors ?? [];
    for (const [name, value] of Object.entries(responseHeaders(cors, exchange.header("origin"), exchange.method))) {
      exchange.response.setHeader(name, value);
    }
  }
}

/** The first segment is the bucket, all the rest the object: a name may hold any number of slashes, and ends with one or not. */
export function xmlAddress(exchange: Exchange): { bucket: string; name: string } {
  const path = exchange.rawPath.slice(1);
  const at = path.indexOf("/");
  return at < 0
    ? { bucket: decode(path), name: "" }
    : { bucket: decode(path.slice(0, at)), name: decode(path.slice(at + 1)) };
}
