import type { Contract } from "./contract.ts";
import { checkedObjectName } from "./object-names.ts";
import { expiryProblems, SignedUrlError } from "./signed-url-rules.ts";
import type { SignedUrl } from "./signed-urls.ts";
import { DEFAULT_EXPIRES_SECONDS, urlWindow } from "./url-lifetimes.ts";
import { type ContentKey, contentKey, signUrlPrefix } from "./url-prefix-signature.ts";
import { encodePath } from "./v4-canonical-request.ts";

/** The network of the contract, and its key. */
export interface ContentUrlsOptions {
  /** Domain and name of the key. */
  network: Pick<NonNullable<Contract["contentNetwork"]>, "domain" | "keyName">;
  /** Value of that key, base64url. */
  key: string;
  prefixes: Contract["bucket"]["prefixes"];
  /** Milliseconds since 1970; the machine's clock unless given. */
  clock?: () => number;
}

/** What a URL of the content network is for. */
export interface ContentRequest {
  object: string;
  /** Seconds; 900 unless given. */
  expiresSeconds?: number;
}

/** Google sets no limit; a week is that of Cloud Storage. */
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

/**
 * Signed URLs of the content network, for audio and thumbnails. One costs a microsecond and no call, so none is kept; within a
 * third of its life, at most 5 minutes, all who ask for the same get the same. The answer has the type and name that were stored:
 * for another, or a name to save under, ask Cloud Storage (SignedUrls). An object that is deleted may be delivered until the last
 * URL of it ends.
 */
export class ContentUrls {
  /** The longest life of a URL, seconds. */
  readonly maxExpiresSeconds = MAX_EXPIRES_SECONDS;
  readonly domain: string;
  readonly #key: ContentKey;
  readonly #folders: readonly string[];
  readonly #clock: () => number;

  /** Throws ContentKeyError. */
  constructor({ network, key, prefixes, clock = Date.now }: ContentUrlsOptions) {
    this.domain = network.domain;
    this.#key = contentKey(network.keyName, key);
    this.#folders = [prefixes.audio, prefixes.thumbnails];
    this.#clock = clock;
  }

  /**
   * A GET, range requests included. It opens whatever name begins with the object's: names of the library end in an extension
   * after an id, so no other does. Throws ObjectNameError, SignedUrlError.
   */
  download({ object, expiresSeconds = DEFAULT_EXPIRES_SECONDS }: ContentRequest): SignedUrl {
    checkedObjectName(object, this.#folders);
    const problems = expiryProblems(expiresSeconds, MAX_EXPIRES_SECONDS);
    if (problems.length > 0) throw new SignedUrlError(object, problems);
    const now = Math.floor(this.#clock() / 1000) * 1000;
    const expires = urlWindow(object, expiresSeconds, now).signedAt / 1000 + expiresSeconds;
    const url = `https://${this.domain}/${encodePath(object)}`;
    const signed = `${url}?${signUrlPrefix(url, expires, this.#key)}`;
    return { url: signed, method: "GET", headers: {}, expiresAt: new Date(expires * 1000) };
  }
}
