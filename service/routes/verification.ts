import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import { z } from "zod";
import type { MusicLibrary } from "../../client/index.ts";
import { bucketChecks } from "../verification/bucket-checks.ts";
import { runChecks } from "../verification/check.ts";
import { databaseChecks } from "../verification/database-checks.ts";
import { loadCheck } from "../verification/load-check.ts";

const row = z.object({
  name: z.string(),
  passed: z.boolean(),
  figure: z.string(),
  problem: z.string().optional(),
});

/**
 * The rows of the acceptance test that need the pooler or the account's own rights; POST, because they write (and take it
 * back). Who may call is the platform's invoker check, as for every route.
 */
export const verificationRoutes: FastifyPluginCallbackZod<{ library: MusicLibrary; poolerPassword: string }> = (
  server,
  { library, poolerPassword },
  done,
) => {
  const answer = z.object({ passed: z.boolean(), rows: z.array(row) });
  server.post("/internal/verify", { schema: { response: { 200: answer } } }, async () => {
    const load = loadCheck({ contract: library.contract, poolerPassword });
    const rows = await runChecks([...databaseChecks(library), ...bucketChecks(library), load]);
    return { passed: rows.every(({ passed }) => passed), rows };
  });
  done();
};
