// Sends an object's bytes: ranges, conditions, and the headers that players, browsers and client libraries go by.
import { closeSync, createReadStream, openSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Exchange, Headers } from "./exchange.ts";
import { etagOf, type ObjectRecord } from "./object-record.ts";
import { StorageError, notModified, preconditionFailed } from "./storage-error.ts";

/** `response-…` query parameters of signed requests -> the header that each overrides. */
const overrides = {
  "response-content-type": "content-type",
  "response-content-disposition": "content-disposition",
  "response-content-encoding": "content-encoding",
  "response-content-language": "content-language",
  "response-cache-control": "cache-control",
} as const;

export async function sendContent(
  exchange: Exchange,
  record: ObjectRecord,
  options: { path: string; api: "json" | "xml"; mayOverride: boolean },
): Promise<void> {
  const etag = options.api === "xml" ? xmlEtag(record) : etagOf(record);
  checkConditions(exchange, record, etag);
  const headers = describe(record, etag);
  if (options.mayOverride) applyOverrides(exchange, headers);
  if (needsInflating(exchange, record)) {
    await sendInflated(exchange, options.path, headers);
    return;
  }
  const range = rangeOf(exchange, record, etag);
  const length = range === undefined ? record.size : range.end - range.start + 1;
  headers["content-length"] = length;
  if (range !== undefined) headers["content-range"] = `bytes ${range.start}-${range.end}/${record.size}`;
  const status = range === undefined ? 200 : 206;
  if (exchange.method === "HEAD" || length === 0) {
    begin(exchange, status, headers);
    exchange.response.end();
    return;
  }
  // Opened before the first await: the version may be deleted while it is being sent.
  const fd = openSync(options.path, "r");
  begin(exchange, status, headers);
  await pipeline(createReadStream(options.path, { fd, ...range }), exchange.response);
}

function begin(exchange: Exchange, status: number, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) exchange.response.setHeader(name, value);
  }
  exchange.response.writeHead(status);
}

function describe(record: ObjectRecord, etag: string): Record<string, string | number | undefined> {
  const { md5Hash, crc32c, metadata = {} } = record;
  const encoding = record.contentEncoding === "gzip" ? "gzip" : "identity";
  return {
    "content-type": record.contentType ?? "application/octet-stream",
    "content-encoding": record.contentEncoding,
    "content-disposition": record.contentDisposition,
    "content-language": record.contentLanguage,
    "cache-control": record.cacheControl ?? "private, max-age=0",
    "accept-ranges": "bytes",
    etag,
    "last-modified": new Date(record.updated).toUTCString(),
    "x-goog-generation": record.generation,
    "x-goog-metageneration": record.metageneration,
    "x-goog-hash": `crc32c=${crc32c}${md5Hash === undefined ? "" : `,md5=${md5Hash}`}`,
    "x-goog-storage-class": record.storageClass,
    "x-goog-stored-content-encoding": encoding,
    "x-goog-stored-content-length": record.size,
    ...(record.componentCount === undefined ? {} : { "x-goog-component-count": record.componentCount }),
    ...Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [`x-goog-meta-${key}`, Buffer.from(value).toString("latin1")]),
    ),
  };
}

function applyOverrides(exchange: Exchange, headers: Record<string, string | number | undefined>): void {
  for (const [parameter, header] of Object.entries(overrides)) {
    const value = exchange.parameter(parameter);
    if (value !== undefined) headers[header] = Buffer.from(value).toString("latin1");
  }
}

/** The XML API's ETag: MD5 in hex, or what stands for it where there is no MD5. */
export function xmlEtag(record: ObjectRecord): string {
  const { md5Hash } = record;
  return `"${md5Hash === undefined ? `-${etagOf(record)}` : Buffer.from(md5Hash, "base64").toString("hex")}"`;
}

function checkConditions(exchange: Exchange, record: ObjectRecord, etag: string): void {
  const lists = (name: string): boolean | undefined =>
    exchange
      .header(name)
      ?.split(",")
      .some((value) => value.trim() === "*" || bare(value) === bare(etag));
  const time = (name: string): number => Date.parse(exchange.header(name) ?? "");
  const updated = Math.floor(record.updated / 1000) * 1000;
  const ifMatch = lists("if-match");
  if (ifMatch === false || (ifMatch === undefined && updated > time("if-unmodified-since"))) {
    throw preconditionFailed("If-Match");
  }
  const ifNoneMatch = lists("if-none-match");
  if (ifNoneMatch === true || (ifNoneMatch === undefined && updated <= time("if-modified-since"))) {
    throw notModified({ etag });
  }
}

function bare(etag: string): string {
  return etag.trim().replace(/^W\//, "").replaceAll('"', "");
}

/** The bytes that one Range asks for; several ranges and nonsense are answered with the whole object, as by Google. */
function rangeOf(exchange: Exchange, record: ObjectRecord, etag: string): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(exchange.header("range")?.trim() ?? "");
  const ifRange = exchange.header("if-range");
  const stale = ifRange !== undefined && bare(ifRange) !== bare(etag) && Date.parse(ifRange) < record.updated - 999;
  if (match === null || stale) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(record.size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? record.size - 1 : Math.min(Number(last), record.size - 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start >= record.size) {
    throw new StorageError({
      status: 416,
      reason: "requestedRangeNotSatisfiable",
      code: "InvalidRange",
      message: "The requested range cannot be satisfied.",
      elements: { Details: exchange.header("range") ?? "" },
      headers: { "content-range": `bytes */${record.size}` },
    });
  }
  return { start, end };
}

/** Decompressive transcoding: who does not take gzip gets the bytes unpacked. */
function needsInflating(exchange: Exchange, record: ObjectRecord): boolean {
  const accepts = /\bgzip\b|\*/.test(exchange.header("accept-encoding") ?? "");
  return record.contentEncoding === "gzip" && !accepts && record.cacheControl?.includes("no-transform") !== true;
}

async function sendInflated(
  exchange: Exchange,
  path: string,
  headers: Record<string, string | number | undefined>,
): Promise<void> {
  const fd = openSync(path, "r");
  begin(exchange, 200, {
    ...headers,
    "content-encoding": undefined,
    "accept-ranges": undefined,
    warning: "214 UploadServer gunzipped",
  });
  if (exchange.method === "HEAD") {
    closeSync(fd);
    exchange.response.end();
    return;
  }
  await pipeline(createReadStream(path, { fd }), createGunzip(), exchange.response);
}
