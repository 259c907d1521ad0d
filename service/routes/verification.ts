import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import type { AuthClient } from "google-auth-library";
import { z } from "zod";
import type { MusicLibrary } from "../../client/index.ts";
import { accountChecks } from "../verification/account-checks.ts";
import { bucketChecks } from "../verification/bucket-checks.ts";
import { runChecks } from "../verification/check.ts";
import { contentChecks } from "../verification/content-checks.ts";
import { databaseChecks } from "../verification/database-checks.ts";
import { loadCheck } from "../verification/load-check.ts";

const count = z.int().min(0);
const measured = z.object({
  latenciesMs: z.array(z.number()).optional(),
  limitMs: z.number().optional(),
  occupancy: z
    .array(
      z.object({
        ...{ atMs: z.number(), serversActive: count, serversIdle: count },
        ...{ clientsActive: count, clientsWaiting: count },
      }),
    )
    .optional(),
});

const row = z.object({
  name: z.string(),
  passed: z.boolean(),
  figure: z.string(),
  problem: z.string().optional(),
  measured: measured.optional(),
});

export interface VerificationOptions {
  library: MusicLibrary;
  /** For the acceptance test's own clients, which load the pooler beside the library's pool. */
  poolerPassword: string;
  /** Whom the checks of rights ask as; the platform's account unless given. */
  authClient?: AuthClient;
}

/**
 * The rows of the acceptance test that need the pooler or the account's own rights; POST, because they write (and take it
 * back). Who may call is the platform's invoker check, as for every route.
 */
export const verificationRoutes: FastifyPluginCallbackZod<VerificationOptions> = (
  server,
  { library, poolerPassword, authClient },
  done,
) => {
  const answer = z.object({ passed: z.boolean(), rows: z.array(row) });
  server.post("/internal/verify", { schema: { response: { 200: answer } } }, async () => {
    const load = loadCheck({ contract: library.contract, poolerPassword });
    const rows = await runChecks([
      ...databaseChecks(library),
      ...bucketChecks(library),
      ...contentChecks(library),
      ...accountChecks(library, authClient),
      load,
    ]);
    return { passed: rows.every(({ passed }) => passed), rows };
  });
  done();
};
