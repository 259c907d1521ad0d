// Who is asking and whether they may: what every server of the local cloud asks before it answers.
import type { KeyObject } from "node:crypto";

/**
 * Principals are written in member form: `serviceAccount:x@p.iam.gserviceaccount.com`, `user:operator@music-library.local`.
 * Resources are named `projects/P`, `projects/_/buckets/B`, `projects/_/buckets/B/objects/NAME`, `projects/P/secrets/S`,
 * `projects/P/serviceAccounts/E`, `projects/P/locations/R/services/S`, `projects/P/instances/I`.
 */
export interface Access {
  /** The principal behind `Authorization: Bearer …`; undefined when the token is missing, unknown or expired. */
  principalOf(authorization: string | undefined): string | undefined;

  /**
   * Whether `principal` (undefined is anonymous: only what `allUsers` may) holds `permission` on `resource`, by the declared
   * IAM members: bindings of the project hold for everything in it, conditions are evaluated. Signed URLs act as their
   * signer: ask for `serviceAccount:EMAIL`.
   */
  allowed(principal: string | undefined, permission: string, resource: string): boolean;

  /** Public keys that verify what a service account signed; undefined when there is no such account. */
  publicKeysOf(email: string): KeyObject[] | undefined;
}
