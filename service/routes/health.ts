import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import { z } from "zod";
import type { MusicLibrary } from "../../client/index.ts";

/** `/live` says that the process answers, `/ready` that it reaches the database through the pooler. */
export const healthRoutes: FastifyPluginCallbackZod<{ library: Pick<MusicLibrary, "database"> }> = (
  server,
  { library },
  done,
) => {
  const status = z.object({ status: z.literal("ok") });
  // The platform's probes have no identity.
  const open = { schema: { response: { 200: status } }, config: { access: "open" } as const };
  server.get("/live", open, () => ({ status: "ok" as const }));
  server.get("/ready", open, async () => {
    await library.database.ping();
    return { status: "ok" as const };
  });
  done();
};
