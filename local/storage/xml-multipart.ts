// XML multipart uploads: numbered parts that become an object when the client says so, or wait until they are aborted.
import { XMLParser } from "fast-xml-parser";
import { checkDigests, concatenated, expectedDigests, receive } from "./content.ts";
import { xmlEtag } from "./download.ts";
import type { Exchange } from "./exchange.ts";
import type { Caller } from "./gate.ts";
import type { ObjectAddress } from "./operations.ts";
import { wholeNumber } from "./preconditions.ts";
import { invalid, xmlDocument } from "./storage-error.ts";
import type { Part, UploadSession } from "./uploads.ts";
import type { Bucket } from "./buckets.ts";
import { attributesIn, xmlNamespace, type XmlServices } from "./xml-objects.ts";

/** Every part but the last: https://cloud.google.com/storage/quotas#requests */
const smallestPart = 5 * 1024 * 1024;

const parser = new XMLParser({ isArray: (name) => name === "Part", parseTagValue: false });

export class XmlMultipart {
  private readonly services: XmlServices;

  constructor(services: XmlServices) {
    this.services = services;
  }

  begin(exchange: Exchange, caller: Caller, address: ObjectAddress): void {
    const bucket = this.services.operations.checkWrite(caller, address, {});
    this.services.gate.require(caller, "storage.multipartUploads.create", bucket, address.name);
    exchange.request.resume();
    const { id } = bucket.uploads.begin({
      kind: "multipart",
      name: address.name,
      attributes: attributesIn(exchange),
      preconditions: {},
      principal: caller.principal,
      expected: {},
      api: "xml",
    });
    const result = { "@_xmlns": xmlNamespace, Bucket: address.bucket, Key: address.name, UploadId: id };
    exchange.sendXml(200, xmlDocument({ InitiateMultipartUploadResult: result }));
  }

  async putPart(exchange: Exchange, caller: Caller, address: ObjectAddress, id: string): Promise<void> {
    const { bucket } = this.session(address, id);
    this.services.gate.require(caller, "storage.multipartUploads.create", bucket, address.name);
    const number = wholeNumber(exchange.parameter("partNumber") ?? "", "partNumber");
    if (number < 1 || number > 10_000) throw invalid(`Part number must be an integer between 1 and 10000 (${number}).`);
    const googHash = exchange.header("x-goog-hash");
    const expected = expectedDigests({ googHash, contentMd5: exchange.header("content-md5") });
    const source = exchange.request as AsyncIterable<Uint8Array>;
    const part = await bucket.uploads.putPart(id, number, source, (content) => {
      checkDigests(content, expected);
    });
    exchange.send(200, { etag: `"${part.md5}"` });
  }

  async complete(exchange: Exchange, caller: Caller, address: ObjectAddress, id: string): Promise<void> {
    const { bucket, session } = this.session(address, id);
    this.services.gate.require(caller, "storage.multipartUploads.create", bucket, address.name);
    const parts = chosenParts(await exchange.text(), bucket.uploads.parts(id));
    const paths = parts.map((part) => bucket.uploads.partPath(id, part.number));
    const { path, size, crc32c } = await receive(concatenated(paths), bucket.objects.incoming());
    const attributes = { ...session.attributes, componentCount: parts.length };
    const record = this.services.operations.store(caller, address, {
      content: { path, size, crc32c },
      attributes,
      conditions: {},
    });
    bucket.uploads.remove(id);
    const result = { "@_xmlns": xmlNamespace, Bucket: address.bucket, Key: address.name, ETag: xmlEtag(record) };
    exchange.sendXml(200, xmlDocument({ CompleteMultipartUploadResult: result }), {
      "x-goog-generation": record.generation,
    });
  }

  abort(exchange: Exchange, caller: Caller, address: ObjectAddress, id: string): void {
    const { bucket } = this.session(address, id);
    this.services.gate.require(caller, "storage.multipartUploads.abort", bucket, address.name);
    bucket.uploads.remove(id);
    exchange.send(204);
  }

  listParts(exchange: Exchange, caller: Caller, address: ObjectAddress, id: string): void {
    const { bucket } = this.session(address, id);
    this.services.gate.require(caller, "storage.multipartUploads.listParts", bucket, address.name);
    const result = {
      "@_xmlns": xmlNamespace,
      Bucket: address.bucket,
      Key: address.name,
      UploadId: id,
      IsTruncated: false,
      Part: bucket.uploads.parts(id).map(({ number, size, md5, updated }) => ({
        PartNumber: number,
        LastModified: new Date(updated).toISOString(),
        ETag: `"${md5}"`,
        Size: size,
      })),
    };
    exchange.sendXml(200, xmlDocument({ ListPartsResult: result }));
  }

  listUploads(exchange: Exchange, caller: Caller, bucketName: string): void {
    const bucket = this.services.buckets.get(bucketName);
    this.services.gate.require(caller, "storage.multipartUploads.list", bucket);
    const Upload = bucket.uploads.list("multipart").map(({ name, id, timeCreated }) => ({
      Key: name,
      UploadId: id,
      Initiated: new Date(timeCreated).toISOString(),
    }));
    const result = { "@_xmlns": xmlNamespace, Bucket: bucketName, IsTruncated: false, Upload };
    exchange.sendXml(200, xmlDocument({ ListMultipartUploadsResult: result }));
  }

  private session(address: ObjectAddress, id: string): { bucket: Bucket; session: UploadSession } {
    const bucket = this.services.buckets.get(address.bucket);
    const session = bucket.uploads.get(id, "multipart");
    if (session.name !== address.name) throw invalid("The upload belongs to another object.", "InvalidArgument");
    return { bucket, session };
  }
}

/** The parts that the client lists, each there with the ETag it names, in rising order, and large enough. */
function chosenParts(body: string, present: readonly Part[]): Part[] {
  const document = parser.parse(body) as {
    CompleteMultipartUpload?: { Part?: { PartNumber?: string; ETag?: string }[] };
  };
  const listed = document.CompleteMultipartUpload?.Part ?? [];
  if (listed.length === 0)
    throw invalid("The XML you provided was not well-formed or did not list any part.", "MalformedXML");
  const parts = listed.map(({ PartNumber, ETag }) => {
    const part = present.find(({ number }) => number === Number(PartNumber));
    if (part === undefined || (ETag !== undefined && ETag.replaceAll(/"|&quot;/g, "") !== part.md5)) {
      throw invalid(`Part ${String(PartNumber)} was not found or its ETag does not match.`, "InvalidPart");
    }
    return part;
  });
  for (const [at, part] of parts.entries()) {
    const next = parts[at + 1];
    if (next !== undefined && next.number <= part.number)
      throw invalid("Parts are not in rising order.", "InvalidPartOrder");
    if (next !== undefined && part.size < smallestPart) {
      throw invalid(
        `Part ${part.number} has ${part.size} bytes; all but the last need ${smallestPart}.`,
        "EntityTooSmall",
      );
    }
  }
  return parts;
}
