import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import { z } from "zod";
import { type MusicLibrary, type Track, TRACK_STATUSES } from "../../client/index.ts";
import { removeWholeTrack } from "../removal.ts";

/** A track as callers see it: object paths stay inside, signed URLs come from their own routes. */
export const trackSchema = z.object({
  id: z.uuid(),
  status: z.enum(TRACK_STATUSES),
  title: z.string(),
  artist: z.string().nullable(),
  album: z.string().nullable(),
  genre: z.string().nullable(),
  year: z.int().nullable(),
  duration: z.number().nullable().describe("seconds"),
  channels: z.int().nullable(),
  sampleRate: z.int().nullable().describe("hertz"),
  bitrate: z.int().nullable().describe("bits per second"),
  format: z.string().nullable(),
  hasThumbnail: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export function trackAnswer(track: Track): z.infer<typeof trackSchema> {
  const { id, status, title, artist, album, genre, year, duration, channels, sampleRate, bitrate, format } = track;
  return {
    ...{ id, status, title, artist, album, genre, year, duration, channels, sampleRate, bitrate, format },
    hasThumbnail: track.thumbnailPath !== null,
    createdAt: track.createdAt.toISOString(),
    updatedAt: track.updatedAt.toISOString(),
  };
}

const searchQuery = z.object({
  query: z.string().max(10_240).optional().describe("what to search for; without it the newest tracks come"),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().max(200).optional().describe("`next` of the page before, with the same query"),
});
const suggestQuery = z.object({
  prefix: z.string().max(10_240).describe("what has been typed so far; its last word is completed"),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});
const byId = z.object({ id: z.uuid() });

/** Search, one track, and its removal. */
export const trackRoutes: FastifyPluginCallbackZod<{ library: MusicLibrary }> = (server, { library }, done) => {
  const searchAnswer = z.object({
    match: z.enum(["recent", "fullText", "similar"]).describe("similar: nothing fitted, these resemble the query"),
    tracks: z.array(trackSchema),
    next: z.string().nullable().describe("cursor of the next page of a search; null when there is none"),
  });
  const reading = { access: "read" } as const;
  const searching = { schema: { querystring: searchQuery, response: { 200: searchAnswer } }, config: reading };
  server.get("/tracks", searching, async (request) => {
    const { query, limit, after } = request.query;
    if (query === undefined) {
      return { match: "recent" as const, tracks: (await library.tracks.recent(limit)).map(trackAnswer), next: null };
    }
    const { tracks, next } = await library.search.page(query, { max: limit, after: after ?? null });
    if (tracks.length > 0 || after !== undefined) {
      return { match: "fullText" as const, tracks: tracks.map(trackAnswer), next };
    }
    const similar = await library.search.corrected(query, limit);
    return { match: "similar" as const, tracks: similar.map(trackAnswer), next: null };
  });

  const suggestAnswer = z.object({ suggestions: z.array(z.object({ text: z.string(), tracks: z.int() })) });
  const suggesting = { schema: { querystring: suggestQuery, response: { 200: suggestAnswer } }, config: reading };
  server.get("/suggestions", suggesting, async (request) => ({
    suggestions: await library.search.suggest(request.query.prefix, request.query.limit),
  }));

  const one = { schema: { params: byId, response: { 200: trackSchema } }, config: reading };
  server.get("/tracks/:id", one, async (request) => trackAnswer(await library.tracks.get(request.params.id)));

  const removal = {
    schema: { params: byId, response: { 204: z.null().describe("gone, whether it was there or not") } },
  };
  server.delete("/tracks/:id", removal, async (request, reply) => {
    const removed = await removeWholeTrack(library, request.params.id);
    request.log.info({ track: request.params.id, removed, subject: request.subject }, "track removed");
    return reply.code(204).send(null);
  });

  done();
};
