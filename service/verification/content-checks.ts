import { randomBytes, randomUUID } from "node:crypto";
import type { ContentUrls, MusicLibrary, ObjectStore } from "../../client/index.ts";
import { type Check, PromiseBrokenError } from "./check.ts";

interface Library extends Pick<MusicLibrary, "contract" | "contentUrls"> {
  readonly objects: Pick<ObjectStore, "upload" | "list" | "removeGeneration">;
}

/** The content network, where there is one: what is written lies in `thumbnails/`, which it may deliver, and is removed for good. */
export function contentChecks(library: Library): Check[] {
  const { contentUrls } = library;
  return contentUrls === undefined ? [] : [{ name: "content network", run: () => delivery(library, contentUrls) }];
}

async function delivery({ contract, objects }: Library, contentUrls: ContentUrls): Promise<string> {
  const object = `${contract.bucket.prefixes.thumbnails}verify-${randomUUID()}.bin`;
  const bytes = randomBytes(1024);
  try {
    await objects.upload(object, bytes, { contentType: "application/octet-stream" });
    const { url } = contentUrls.download({ object, expiresSeconds: 60 });
    // Unsigned first: an answer to the signed request must not be in a cache that serves it.
    const unsigned = await ask(contract, url.slice(0, url.indexOf("?")));
    const signed = await ask(contract, url);
    const again = await ask(contract, url.slice(0, url.indexOf("?")));
    const forged = await ask(
      contract,
      url.replace(/Expires=(\d+)/, (_, end: string) => `Expires=${String(Number(end) + 1)}`),
    );
    const seen = [unsigned, signed, again, forged].map(({ status }) => String(status)).join(", ");
    const expected = "403, 206, 403, 403: unsigned, signed, unsigned again, stretched";
    if (seen !== "403, 206, 403, 403") throw new PromiseBrokenError("content network", seen, expected);
    if (!signed.body.equals(bytes.subarray(100, 200))) {
      throw new PromiseBrokenError("content network", "other bytes", "the bytes of the range");
    }
    return `signed 206, unsigned and stretched 403 at ${contentUrls.domain}`;
  } finally {
    for (const version of await objects.list(object, 10)) await objects.removeGeneration(version);
  }
}

/** A part of the object, and what a status without a certificate or a record means. */
async function ask(
  { contentNetwork }: MusicLibrary["contract"],
  url: string,
): Promise<{ status: number; body: Buffer }> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { range: "bytes=100-199" } });
  } catch {
    const address = contentNetwork?.address ?? "";
    throw new PromiseBrokenError("content network", "no answer", `an A record ${address} and an active certificate`);
  }
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}
