import { z } from "zod";
import { trackSchema } from "../../service/routes/tracks.ts";

export type ServedTrack = z.infer<typeof trackSchema>;

const uploadSchema = z.object({ id: z.uuid(), url: z.url(), headers: z.record(z.string(), z.string()) });
const searchSchema = z.object({ match: z.enum(["recent", "fullText", "similar"]), tracks: z.array(trackSchema) });
const urlSchema = z.object({ url: z.url() });

/** The service answered otherwise than it should; the message has its own words. */
export class ServiceAnswerError extends Error {
  constructor(call: string, status: number, body: string) {
    super(`${call}: answered with status ${String(status)} (${body.slice(0, 300)}); expected success.`);
    this.name = "ServiceAnswerError";
  }
}

/** The deployed service as a caller sees it: plain HTTP with the headers that identify the caller. */
export class ServiceClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(serviceUri: string, headers: Readonly<Record<string, string>>) {
    this.#base = serviceUri.replace(/\/$/, "");
    this.#headers = headers;
  }

  /** Uploads by a signed URL and promotes. */
  async add(file: { fileName: string; contentType: string; bytes: Buffer<ArrayBuffer> }): Promise<ServedTrack> {
    const { fileName, contentType, bytes } = file;
    const upload = uploadSchema.parse(await this.#post("/uploads", { contentType, sizeBytes: bytes.length }));
    const response = await fetch(upload.url, { method: "PUT", headers: upload.headers, body: bytes });
    if (!response.ok) throw new ServiceAnswerError("signed upload", response.status, await response.text());
    return trackSchema.parse(await this.#post(`/uploads/${upload.id}/promote`, { fileName }));
  }

  async track(id: string): Promise<ServedTrack> {
    return trackSchema.parse(await this.#call("GET", `/tracks/${id}`));
  }

  async search(query: string): Promise<z.infer<typeof searchSchema>> {
    const parameters = new URLSearchParams({ query, limit: "100" });
    return searchSchema.parse(await this.#call("GET", `/tracks?${parameters.toString()}`));
  }

  /** Whether the library has no track at all. */
  async isEmpty(): Promise<boolean> {
    return searchSchema.parse(await this.#call("GET", "/tracks?limit=1")).tracks.length === 0;
  }

  /** Fetches audio or cover art by its signed URL; with `range` that part alone. */
  async fetchSigned(
    id: string,
    kind: "stream" | "thumbnail",
    range?: { first: number; last: number },
  ): Promise<Response> {
    const { url } = urlSchema.parse(await this.#call("GET", `/tracks/${id}/${kind}`));
    const headers = range === undefined ? {} : { range: `bytes=${String(range.first)}-${String(range.last)}` };
    const response = await fetch(url, { headers });
    if (!response.ok) throw new ServiceAnswerError(`signed ${kind}`, response.status, await response.text());
    return response;
  }

  #post(path: string, body: object): Promise<unknown> {
    return this.#call("POST", path, body);
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { ...this.#headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ServiceAnswerError(`${method} ${path}`, response.status, text);
    return JSON.parse(text);
  }
}
