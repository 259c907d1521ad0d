// Who asks, and whether they may: every operation passes here with the permission that Google wants for it.
import type { Access } from "../identity/access.ts";
import type { Bucket } from "./buckets.ts";
import type { Exchange } from "./exchange.ts";
import { type PostForm, verifyPostPolicy } from "./post-policy.ts";
import { isSigned, verifySignedUrl } from "./signed-url.ts";
import { accessDenied, invalidCredentials } from "./storage-error.ts";

export interface Caller {
  /** Member form, e.g. `serviceAccount:x@p.iam.gserviceaccount.com`; undefined is anonymous. */
  readonly principal: string | undefined;
  readonly api: "json" | "xml";
}

export class Gate {
  private readonly access: Access;
  private readonly clock: () => number;

  constructor(access: Access, clock: () => number) {
    this.access = access;
    this.clock = clock;
  }

  /** The caller by signed URL (XML API only) or bearer token; throws where the credentials are no good. */
  callerOf(exchange: Exchange, api: "json" | "xml"): Caller {
    if (api === "xml" && isSigned(exchange)) {
      const email = verifySignedUrl(exchange, (account) => this.access.publicKeysOf(account), this.clock());
      return { principal: `serviceAccount:${email}`, api };
    }
    const authorization = exchange.header("authorization");
    const principal = this.access.principalOf(authorization);
    if (authorization !== undefined && principal === undefined) throw invalidCredentials();
    return { principal, api };
  }

  /** The caller by the policy that an HTML form carries; throws where the form does not keep to it. */
  callerOfForm(form: PostForm): Caller {
    const email = verifyPostPolicy(form, (account) => this.access.publicKeysOf(account), this.clock());
    return { principal: `serviceAccount:${email}`, api: "xml" };
  }

  /** Whether the caller holds the permission on the bucket, or on an object in it. */
  may(caller: Caller, permission: string, bucket: Bucket, object?: string): boolean {
    const { name, configuration } = bucket.record;
    const prevented = configuration.iamConfiguration.publicAccessPrevention === "enforced";
    if (prevented && caller.principal === undefined) return false;
    const resource = `projects/_/buckets/${name}${object === undefined ? "" : `/objects/${object}`}`;
    return this.access.allowed(caller.principal, permission, resource);
  }

  /** Throws 401 or 403 in Google's words when the caller does not hold the permission. */
  require(caller: Caller, permission: string, bucket: Bucket, object?: string): void {
    if (this.may(caller, permission, bucket, object)) return;
    throw this.denied(caller, permission, object === undefined ? "bucket" : "object");
  }

  requireOnProject(caller: Caller, permission: string, project: string): void {
    if (this.access.allowed(caller.principal, permission, `projects/${project}`)) return;
    throw this.denied(caller, permission, "project");
  }

  private denied(caller: Caller, permission: string, kind: "bucket" | "object" | "project"): Error {
    const who = caller.principal?.replace(/^[a-zA-Z]+:/, "") ?? "Anonymous caller";
    const where = kind === "project" ? "Google Cloud project" : `Google Cloud Storage ${kind}`;
    const details =
      `${who} does not have ${permission} access to the ${where}. ` +
      `Permission '${permission}' denied on resource (or it may not exist).`;
    return accessDenied(details, caller.principal !== undefined ? undefined : caller.api === "json" ? "401" : "403");
  }
}
