import { randomUUID } from "node:crypto";
import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import { z } from "zod";
import type { MusicLibrary } from "../../client/index.ts";
import { AUDIO_CONTENT_TYPES, AUDIO_FORMATS, MAX_UPLOAD_BYTES } from "../audio-formats.ts";
import { promoteUpload } from "../promotion.ts";
import { trackAnswer, trackSchema } from "./tracks.ts";

const newUpload = z.strictObject({
  contentType: z.enum(AUDIO_CONTENT_TYPES),
  sizeBytes: z.int().min(1).max(MAX_UPLOAD_BYTES),
});
const uploadAnswer = z.object({
  id: z.uuid().describe("for POST /uploads/:id/promote; the track will have it too"),
  url: z.url(),
  method: z.literal("PUT"),
  headers: z.record(z.string(), z.string()).describe("to be sent exactly so"),
  expiresAt: z.iso.datetime(),
});

/** Uploads go to Cloud Storage directly, by a URL that takes one file of the stated type and size. */
export const uploadRoutes: FastifyPluginCallbackZod<{ library: MusicLibrary }> = (server, { library }, done) => {
  const beginning = {
    schema: { body: newUpload, response: { 201: uploadAnswer } },
    config: { access: "write", rateLimit: {} } as const,
  };
  server.post("/uploads", beginning, async (request, reply) => {
    const { contentType, sizeBytes } = request.body;
    const id = randomUUID();
    const extension = AUDIO_FORMATS.find((known) => known.contentType === contentType)?.extension ?? "";
    const object = `${library.contract.bucket.prefixes.temp}${id}.${extension}`;
    const { url, headers, expiresAt } = await library.signedUrls.upload({ object, contentType, sizeBytes });
    return reply.code(201).send({ id, url, method: "PUT", headers, expiresAt: expiresAt.toISOString() });
  });

  const promotion = {
    params: z.object({ id: z.uuid() }),
    body: z.strictObject({ fileName: z.string().min(1).max(255).optional() }).nullish(),
    response: { 200: trackSchema },
  };
  server.post("/uploads/:id/promote", { schema: promotion, config: { access: "write" } }, async (request) =>
    trackAnswer(await promoteUpload(library, request.params.id, request.body?.fileName)),
  );
  done();
};
