import { encodePath } from "./v4-canonical-request.ts";

/** Where Google's own Cloud Storage answers. */
export const GOOGLE_STORAGE = "https://storage.googleapis.com";

/**
 * How a URL names its bucket: in the path (the default), in the host name (one origin a bucket, for browsers), or by a host
 * name of the customer's own that leads to the bucket (a load balancer, or a CNAME). `endpoint` is a scheme with a host; the
 * port may be written.
 */
export type UrlAddress =
  | { style: "path"; endpoint?: string }
  | { style: "virtualHosted"; endpoint?: string }
  | { style: "bucketBound"; endpoint: string };

/** An address taken apart, ready for signing. */
export interface ResolvedAddress {
  /** Scheme and host as the URL shows them, without a slash at the end. */
  origin: string;
  /** Host name that is signed. */
  host: string;
  /** Encoded path before "/object"; "" where the host names the bucket. */
  base: string;
}

/** Cloud Storage cannot be addressed so. */
export class UrlAddressError extends Error {
  constructor(endpoint: string, problem: string) {
    super(
      `endpoint ${JSON.stringify(endpoint)}: ${problem}; expected a scheme and a host such as "${GOOGLE_STORAGE}". ` +
        "Correct the address.",
    );
    this.name = "UrlAddressError";
  }
}

/** Throws UrlAddressError. */
export function resolveAddress(bucket: string, address: UrlAddress): ResolvedAddress {
  const endpoint = address.endpoint ?? GOOGLE_STORAGE;
  const match = /^(https?):\/\/([^/?#@:]+|\[[0-9a-f:]+\])(:\d+)?\/?$/i.exec(endpoint);
  if (match === null) throw new UrlAddressError(endpoint, "is no address of a storage");
  const [, scheme = "", name = "", port = ""] = match;
  // Google's own cases sign the host name alone, whatever the port.
  const host = address.style === "virtualHosted" ? `${bucket}.${name}` : name;
  const base = address.style === "path" ? `/${encodePath(bucket)}` : "";
  return { origin: `${scheme}://${host}${port}`, host, base };
}

/**
 * The endpoint that counts where several are given, as Google's libraries choose: a host name for this call, the client's
 * endpoint, an emulator's address, the universe's domain. A missing scheme is https.
 */
export function chosenEndpoint(given: {
  hostname?: string | undefined;
  clientEndpoint?: string | undefined;
  emulator?: string | undefined;
  universeDomain?: string | undefined;
}): string {
  const { hostname, clientEndpoint, emulator, universeDomain } = given;
  const universe = universeDomain === undefined ? undefined : `storage.${universeDomain}`;
  const chosen = [hostname, clientEndpoint, emulator, universe].find((value) => value !== undefined && value !== "");
  if (chosen === undefined) return GOOGLE_STORAGE;
  return /^https?:\/\//i.test(chosen) ? chosen : `https://${chosen}`;
}
