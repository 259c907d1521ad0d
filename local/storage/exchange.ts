// One request and its answer. Paths and queries are kept as they were sent: signatures cover the encoded form.
import type { IncomingMessage, ServerResponse } from "node:http";
import { StorageError, invalid } from "./storage-error.ts";

export type Headers = Readonly<Record<string, string | number | undefined>>;

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The path as sent, still encoded, with its first slash. */
  readonly rawPath: string;
  /** The query as sent, without its question mark. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? "GET";
    const url = request.url ?? "/";
    const at = url.indexOf("?");
    this.rawPath = at < 0 ? url : url.slice(0, at);
    this.rawQuery = at < 0 ? "" : url.slice(at + 1);
    this.query = new URLSearchParams(this.rawQuery);
  }

  /** A header's value; repeated ones are joined by commas, as signatures want them. */
  header(name: string): string | undefined {
    return this.request.headersDistinct[name]?.join(",");
  }

  /** All header names of the request, in lower case. */
  headerNames(): string[] {
    return Object.keys(this.request.headersDistinct);
  }

  /** A query parameter; undefined when it is absent or empty. */
  parameter(name: string): string | undefined {
    const value = this.query.get(name);
    return value === null || value === "" ? undefined : value;
  }

  /** The decoded segments of the path after `prefix`. */
  segments(prefix: string): string[] {
    return this.rawPath
      .slice(prefix.length)
      .split("/")
      .filter((segment) => segment !== "")
      .map(decode);
  }

  /** The body as text, at most 1 MiB: what is larger is streamed, never held. */
  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.request as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > 1_048_576) throw invalid("Request body is too large.", "EntityTooLarge");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The body as a JSON object; `{}` when there is none. */
  async json(): Promise<Record<string, unknown>> {
    return parseJsonObject(await this.text());
  }

  send(status: number, headers: Headers = {}, body?: string): void {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.response.setHeader(name, value);
    }
    const bytes = Buffer.from(body ?? "");
    if (status !== 304 && status !== 204) this.response.setHeader("content-length", bytes.length);
    this.response.writeHead(status);
    this.response.end(this.method === "HEAD" ? undefined : bytes);
  }

  sendJson(status: number, body: object, headers: Headers = {}): void {
    this.send(status, { "content-type": "application/json; charset=UTF-8", ...headers }, JSON.stringify(body));
  }

  sendXml(status: number, xml: string, headers: Headers = {}): void {
    this.send(status, { "content-type": "application/xml; charset=UTF-8", ...headers }, xml);
  }

  /** Answers with a failure in the form of the API that was called. */
  fail(error: StorageError, api: "json" | "xml"): void {
    const { plain, headers = {}, details } = error.failure;
    if (error.status === 304) this.send(304, headers);
    else if (plain === true)
      this.send(error.status, { "content-type": "text/plain; charset=utf-8", ...headers }, details);
    else if (api === "xml") this.sendXml(error.status, error.xml(), headers);
    else this.send(error.status, { "content-type": "application/json; charset=UTF-8", ...headers }, error.json());
  }
}

/** Percent-decoding; 400 for what is not UTF-8. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`Could not decode "${text}" as UTF-8.`, "InvalidURI", "Couldn't parse the specified URI.");
  }
}

/** 400 when the text is no JSON object. */
export function parseJsonObject(text: string): Record<string, unknown> {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below, as any other body that is no object.
  }
  throw new StorageError({ status: 400, reason: "parseError", code: "InvalidArgument", message: "Parse Error" });
}
