/** Cloud Storage's limit for one object, in bytes: https://cloud.google.com/storage/quotas#objects */
const MAX_OBJECT_BYTES = 5 * 1024 ** 4;

/** A request for a URL that cannot be signed as asked; `problems` has all of them. */
export class SignedUrlError extends Error {
  readonly problems: readonly string[];

  constructor(object: string, problems: readonly string[]) {
    super(`signed URL for ${JSON.stringify(object)}: ${problems.join("; ")}. Correct the request; nothing was signed.`);
    this.name = "SignedUrlError";
    this.problems = problems;
  }
}

export function expiryProblems(expiresSeconds: number, maxExpiresSeconds: number): string[] {
  if (Number.isInteger(expiresSeconds) && expiresSeconds >= 1 && expiresSeconds <= maxExpiresSeconds) return [];
  return [
    `expiresSeconds is wrong (${String(expiresSeconds)}); expected 1 to ${String(maxExpiresSeconds)} for this signer`,
  ];
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(; ?${TOKEN}=(${TOKEN}|"[^"\\\\\\u0000-\\u001f\\u007f-\\uffff]*"))*$`);

export function contentTypeProblems(contentType: string): string[] {
  if (contentType.length <= 255 && MEDIA_TYPE.test(contentType)) return [];
  const seen = JSON.stringify(contentType.slice(0, 80));
  return [`contentType is wrong (${seen}); expected a media type such as "audio/flac"`];
}

export function sizeProblems(name: string, bytes: number): string[] {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_OBJECT_BYTES) return [];
  return [`${name} is wrong (${String(bytes)}); expected 1 to ${String(MAX_OBJECT_BYTES)}`];
}

export function generationProblems(replacing: string | undefined): string[] {
  if (replacing === undefined || /^\d{1,19}$/.test(replacing)) return [];
  return [`replacing is wrong (${JSON.stringify(replacing.slice(0, 40))}); expected a generation, or "0" for none`];
}

export function digestProblems(sha256: string | undefined): string[] {
  if (sha256 === undefined || /^[0-9a-f]{64}$/.test(sha256)) return [];
  return [`sha256 is wrong (${JSON.stringify(sha256.slice(0, 80))}); expected 64 hexadecimal digits in lower case`];
}
