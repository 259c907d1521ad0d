// Uploads by HTML form: https://cloud.google.com/storage/docs/xml-api/post-object-forms
import { receive } from "./content.ts";
import type { Exchange } from "./exchange.ts";
import { readForm } from "./form-data.ts";
import type { ObjectAttributes } from "./object-record.ts";
import { lengthRangeOfPolicy } from "./post-policy.ts";
import { xmlEtag } from "./download.ts";
import { invalid, xmlDocument } from "./storage-error.ts";
import type { XmlServices } from "./xml-objects.ts";

export function isForm(exchange: Exchange): boolean {
  return exchange.header("content-type")?.toLowerCase().startsWith("multipart/form-data") === true;
}

export class PostForms {
  private readonly services: XmlServices;

  constructor(services: XmlServices) {
    this.services = services;
  }

  /** Stores the file of a form whose policy holds. Answers 204, or as the form's success_action fields want it. */
  async post(exchange: Exchange, bucketName: string): Promise<void> {
    const { gate, operations, endpoint } = this.services;
    const body = exchange.request as AsyncIterable<Uint8Array>;
    const { fields, file } = await readForm(body, exchange.header("content-type"));
    const caller = gate.callerOfForm({ bucket: bucketName, fields });
    const name = (fields.get("key") ?? "").replaceAll("${filename}", file.fileName);
    if (name === "") throw invalid("Missing form field key.");
    const address = { bucket: bucketName, name };
    const { objects } = operations.checkWrite(caller, address, {});
    const content = await receive(file.content, objects.incoming(), lengthRangeOfPolicy(fields));
    const record = operations.store(caller, address, { content, attributes: attributesOf(fields), conditions: {} });
    const location = `${endpoint()}/${bucketName}/${encodeURIComponent(name)}`;
    const redirect = fields.get("success_action_redirect");
    if (redirect !== undefined) {
      const target = new URL(redirect);
      target.searchParams.set("bucket", bucketName);
      target.searchParams.set("key", name);
      target.searchParams.set("etag", xmlEtag(record));
      exchange.send(303, { location: target.toString() });
      return;
    }
    const status = fields.get("success_action_status");
    const headers = { location, etag: xmlEtag(record) };
    if (status === "201") {
      const PostResponse = { Location: location, Bucket: bucketName, Key: name, ETag: xmlEtag(record) };
      exchange.sendXml(201, xmlDocument({ PostResponse }), headers);
    } else exchange.send(status === "200" ? 200 : 204, headers);
  }
}

/** Attributes in the fields of a form. */
function attributesOf(fields: ReadonlyMap<string, string>): ObjectAttributes {
  const named = {
    contentType: fields.get("content-type"),
    contentEncoding: fields.get("content-encoding"),
    contentDisposition: fields.get("content-disposition"),
    cacheControl: fields.get("cache-control"),
  };
  const metadata = [...fields].filter(([field]) => field.startsWith("x-goog-meta-"));
  return {
    ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
    ...(metadata.length === 0
      ? {}
      : {
          metadata: Object.fromEntries(metadata.map(([field, value]) => [field.slice("x-goog-meta-".length), value])),
        }),
  };
}
