import { randomBytes, randomUUID } from "node:crypto";
import { type MusicLibrary, SignedUrls } from "../../client/index.ts";
import { type Check, percentile, PromiseBrokenError, timed } from "./check.ts";

type Library = Pick<MusicLibrary, "contract" | "objects" | "signedUrls" | "signer">;

/** What the service needs on the bucket, and what would make an intruder in the service its master. */
const NEEDED = ["storage.objects.create", "storage.objects.get", "storage.objects.list", "storage.objects.delete"];
const DENIED = ["storage.buckets.update", "storage.buckets.delete", "storage.buckets.setIamPolicy"];

const CONTENT_TYPE = "application/octet-stream";

/** The account's rights on the bucket and its signed URLs. What is written lies in `temp/` and is removed for good. */
export function bucketChecks(library: Library): Check[] {
  return [
    { name: "bucket access", run: () => access(library) },
    { name: "bucket denial", run: () => denial(library) },
    { name: "signed URL works", run: () => signedDownload(library) },
    { name: "signed URL expires", run: () => expiry(library) },
    { name: "signed upload is bound to type and size", run: () => signedUpload(library) },
  ];
}

async function access(library: Library): Promise<string> {
  const held = await library.objects.heldPermissions(NEEDED);
  if (held.length < NEEDED.length) throw new PromiseBrokenError("bucket", `only ${held.join(", ")}`, NEEDED.join(", "));
  return withTemporary(library, async (name, bytes) => {
    if (!(await library.objects.download(name)).equals(bytes)) {
      throw new PromiseBrokenError("object", "other bytes than were written", "the same");
    }
    return `written, read and removed, ${String(NEEDED.length)} permissions`;
  });
}

async function denial(library: Library): Promise<string> {
  const held = await library.objects.heldPermissions(DENIED);
  if (held.length > 0) throw new PromiseBrokenError("service account", `holds ${held.join(", ")}`, "none of these");
  return `${String(DENIED.length)} of ${String(DENIED.length)} denied`;
}

function signedDownload(library: Library): Promise<string> {
  return withTemporary(library, async (object, bytes) => {
    const times: number[] = [];
    const urls: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      times.push(await timed(async () => urls.push((await library.signedUrls.download({ object })).url)));
    }
    const response = await fetch(urls[0] ?? "", { headers: { range: "bytes=100-199" } });
    const part = Buffer.from(await response.arrayBuffer());
    if (response.status !== 206 || !part.equals(bytes.subarray(100, 200))) {
      throw new PromiseBrokenError("signed URL", `status ${String(response.status)}`, "206 and the bytes of the range");
    }
    return `206, 100 of ${String(bytes.length)} bytes; signed in ${percentile(times, 0.5).toFixed(1)} ms`;
  });
}

function expiry(library: Library): Promise<string> {
  return withTemporary(library, async (object) => {
    const { contract, signer } = library;
    const { name: bucket, prefixes } = contract.bucket;
    // Signed an hour ago for a minute: nobody has to wait for it to expire.
    const clock = () => Date.now() - 3_600_000;
    const past = new SignedUrls({ bucket, prefixes, endpoint: contract.endpoints.storage, signer, clock });
    const response = await fetch((await past.download({ object, expiresSeconds: 60 })).url);
    const body = await response.text();
    if (response.status !== 400 || !body.includes("ExpiredToken")) {
      throw new PromiseBrokenError("expired URL", `status ${String(response.status)}`, "400 ExpiredToken");
    }
    return "400 ExpiredToken after its time";
  });
}

async function signedUpload(library: Library): Promise<string> {
  const object = temporaryName(library);
  const bytes = randomBytes(512);
  const { url, headers } = await library.signedUrls.upload({
    object,
    contentType: CONTENT_TYPE,
    sizeBytes: bytes.length,
  });
  const put = async (sent: Record<string, string>, body: Uint8Array<ArrayBuffer>) =>
    (await fetch(url, { method: "PUT", headers: sent, body })).status;
  try {
    const otherType = await put({ ...headers, "content-type": "text/html" }, bytes);
    const otherSize = await put(headers, bytes.subarray(0, 100));
    const asSigned = await put(headers, bytes);
    const seen = [otherType, otherSize, asSigned].map(String).join(", ");
    if (seen !== "403, 400, 200") throw new PromiseBrokenError("signed upload", seen, "403, 400, 200");
    return `other type ${String(otherType)}, other size ${String(otherSize)}, as signed ${String(asSigned)}`;
  } finally {
    await removeAll(library, object);
  }
}

async function withTemporary(
  library: Library,
  work: (name: string, bytes: Buffer) => Promise<string>,
): Promise<string> {
  const name = temporaryName(library);
  const bytes = randomBytes(1024);
  try {
    await library.objects.upload(name, bytes, { contentType: CONTENT_TYPE });
    return await work(name, bytes);
  } finally {
    await removeAll(library, name);
  }
}

async function removeAll(library: Library, name: string): Promise<void> {
  for (const object of await library.objects.list(name, 10)) await library.objects.removeGeneration(object);
}

function temporaryName(library: Library): string {
  return `${library.contract.bucket.prefixes.temp}verify-${randomUUID()}`;
}
