import { permissionDenied, unauthenticated } from "./google-error.ts";
import type { Identity } from "./identity.ts";

/** Raises Google's error where the caller, by its header, does not hold a permission on a resource; else says who it is. */
export type Demand = (authorization: string | undefined, permission: string, resource: string) => string;

export function demandOf(identity: Pick<Identity, "principalOf" | "allowed">): Demand {
  return (authorization, permission, resource) => {
    const principal = identity.principalOf(authorization);
    if (principal === undefined) throw unauthenticated(authorization);
    if (!identity.allowed(principal, permission, resource)) {
      throw permissionDenied(permission, `Permission '${permission}' denied on '${resource}' (or it may not exist).`);
    }
    return principal;
  };
}
