// Allow policies of Google's resources: what a member lacks, and the policy with it. Pure.
import { z } from "zod";

const binding = z.looseObject({
  role: z.string(),
  members: z.array(z.string()).default([]),
  condition: z.unknown().optional(),
});
const policySchema = z.looseObject({ etag: z.string().optional(), bindings: z.array(binding).default([]) });
export type Policy = z.infer<typeof policySchema>;

export interface Grant {
  readonly role: string;
  readonly member: string;
}

export function parsePolicy(value: unknown): Policy {
  return policySchema.parse(value ?? {});
}

/** Those of the grants that the policy does not hold without a condition. */
export function missingGrants({ bindings }: Policy, grants: readonly Grant[]): Grant[] {
  return grants.filter(
    ({ role, member }) =>
      !bindings.some((each) => each.role === role && each.condition === undefined && each.members.includes(member)),
  );
}

/** The policy with the grants, everything else as it was; its etag makes Google refuse it when somebody changed it meanwhile. */
export function withGrants(policy: Policy, grants: readonly Grant[]): Policy {
  const bindings = policy.bindings.map((each) => ({ ...each, members: [...each.members] }));
  for (const { role, member } of missingGrants(policy, grants)) {
    const existing = bindings.find((each) => each.role === role && each.condition === undefined);
    if (existing === undefined) bindings.push({ role, members: [member] });
    else existing.members.push(member);
  }
  // Conditions need version 3; a policy that has one already says so.
  return { ...policy, bindings };
}
