// The shape of what `--json` prints, for programs that read it. A change that could break a reader raises the version.
import { z } from "zod";
import { tableLocks } from "../../migrator/migration.ts";

const drift = z.strictObject({
  state: z.enum(["none", "found", "unknown"]),
  fingerprint: z.string(),
  objects: z.array(
    z.strictObject({
      kind: z.string(),
      name: z.string(),
      change: z.enum(["added", "removed", "changed"]),
      detail: z.string(),
    }),
  ),
});

const status = {
  version: z.string(),
  entries: z.array(
    z.strictObject({
      version: z.string(),
      description: z.string(),
      file: z.string(),
      outcome: z.enum(["applied", "pending", "edited", "missing", "renamed", "out of order", "failed"]),
      installedOn: z.iso.datetime().optional(),
      installedBy: z.string().optional(),
      durationMs: z.int().optional(),
    }),
  ),
  applied: z.array(
    z.strictObject({ version: z.string(), description: z.string(), file: z.string(), sha256: z.string().nullable() }),
  ),
  pending: z.array(z.string()),
  problems: z.array(z.string()),
  interrupted: z.array(z.string()),
  drift,
};

const finding = z.strictObject({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  rule: z.string(),
  severity: z.enum(["error", "warning"]),
  message: z.string(),
});

const ranFile = z.strictObject({ version: z.string(), file: z.string(), durationMs: z.int() });
const answer = <Name extends string, Shape extends z.ZodRawShape>(
  command: Name,
  shape: Shape,
): z.ZodObject<{ schemaVersion: z.ZodLiteral<1>; command: z.ZodLiteral<Name> } & Shape, z.core.$strict> =>
  z.strictObject({ schemaVersion: z.literal(1), command: z.literal(command), ...shape });

/** What a subcommand that succeeded prints; also plan and status with exit code 1 or 2. */
export const answerSchema = z.union([
  answer("plan", {
    pending: z.array(
      z.strictObject({
        file: z.string(),
        statements: z.int(),
        transactional: z.boolean(),
        lock: z.enum(["", ...tableLocks]),
        rewrites: z.int(),
      }),
    ),
    problems: z.array(z.string()),
    findings: z.array(finding),
    drift: z.array(z.string()),
  }),
  answer("status", status),
  answer("verify", status),
  answer("up", {
    version: z.string(),
    applied: z.array(ranFile),
    repeated: z.array(z.string()),
    seeded: z.array(z.string()),
    total: z.int(),
  }),
  answer("down", { version: z.string(), undone: z.array(ranFile) }),
  answer("down", { wouldRun: z.array(z.string()) }),
  answer("baseline", { version: z.string(), made: z.boolean() }),
  answer("repair", {
    repairs: z.array(
      z.strictObject({ kind: z.string(), version: z.string().nullable(), file: z.string(), message: z.string() }),
    ),
    dryRun: z.boolean(),
  }),
  answer("adopt", { from: z.string(), files: z.array(z.string()), dryRun: z.boolean() }),
  answer("accept-drift", { accepted: drift.shape.objects }),
  answer("new", { version: z.string(), files: z.array(z.string()) }),
  answer("sum", { files: z.array(z.string()) }),
]);

/** What any of them prints when it fails; exit code 1. */
export const failureSchema = z.strictObject({
  schemaVersion: z.literal(1),
  command: z.string(),
  error: z.strictObject({ name: z.string(), message: z.string() }),
});
