import type { FastifyPluginCallbackZod } from "@fastify/type-provider-zod";
import type { FastifyContextConfig } from "fastify";
import { z } from "zod";
import {
  type MusicLibrary,
  objectOfUri,
  type SignedUrl,
  type Track,
  TrackNotFoundError,
  urlLifetimeSeconds,
  type UrlUse,
} from "../../client/index.ts";
import { contentTypeOf } from "../audio-formats.ts";

/** Limited for each caller: a signature may cost a call of IAM, whose quota is the whole project's. */
export const signing = { access: "read", rateLimit: {} } as const satisfies FastifyContextConfig;

const byId = z.object({ id: z.uuid() });
const redirect = z.stringbool().default(false).describe("answer with a redirect to the URL");
const streamQuery = z.object({
  redirect,
  use: z.enum(["stream", "seek"]).default("stream").describe("seek: for going back and forth in a long track"),
  download: z.stringbool().default(false).describe("for saving: with a file name"),
});
const urlAnswer = z.object({ url: z.url(), expiresAt: z.iso.datetime() });

/** Where to play a track and to see its cover: URLs that go to the content network, or where there is none to Cloud Storage directly. */
export const playbackRoutes: FastifyPluginCallbackZod<{ library: MusicLibrary }> = (server, { library }, done) => {
  const stream = { params: byId, querystring: streamQuery, response: { 200: urlAnswer } };
  server.get("/tracks/:id/stream", { schema: stream, config: signing }, async (request, reply) => {
    const { use, download, redirect: redirecting } = request.query;
    const signed = await streamUrl(library, await library.tracks.get(request.params.id), download ? "download" : use);
    if (redirecting) return reply.redirect(signed.url);
    return { url: signed.url, expiresAt: signed.expiresAt.toISOString() };
  });

  const thumbnail = { params: byId, querystring: z.object({ redirect }), response: { 200: urlAnswer } };
  server.get("/tracks/:id/thumbnail", { schema: thumbnail, config: signing }, async (request, reply) => {
    const signed = await thumbnailUrl(library, await library.tracks.get(request.params.id));
    if (request.query.redirect) return reply.redirect(signed.url);
    return { url: signed.url, expiresAt: signed.expiresAt.toISOString() };
  });
  done();
};

/** Only finished tracks play: before that, the object may not be there. */
function streamUrl(library: MusicLibrary, track: Track, use: UrlUse): SignedUrl | Promise<SignedUrl> {
  if (track.status !== "COMPLETED") throw new TrackNotFoundError(track.id);
  const object = objectOfUri(track.audioPath, library.objects.bucketName);
  const { contentUrls } = library;
  // The network answers with what was stored; a name to save under is for Cloud Storage to say.
  if (contentUrls !== undefined && use !== "download") {
    const expiresSeconds = urlLifetimeSeconds(use, { durationSeconds: track.duration }, contentUrls);
    return contentUrls.download({ object, expiresSeconds });
  }
  const contentType = contentTypeOf(object);
  const extension = object.slice(object.lastIndexOf("."));
  return library.signedUrls.download({
    object,
    expiresSeconds: urlLifetimeSeconds(use, { durationSeconds: track.duration }, library.signer),
    ...(contentType === undefined ? {} : { contentType }),
    ...(use === "download" ? { saveAs: [track.artist, track.title].filter(Boolean).join(" - ") + extension } : {}),
  });
}

function thumbnailUrl(library: MusicLibrary, track: Track): SignedUrl | Promise<SignedUrl> {
  if (track.status !== "COMPLETED" || track.thumbnailPath === null) throw new TrackNotFoundError(track.id);
  const object = objectOfUri(track.thumbnailPath, library.objects.bucketName);
  const expiresSeconds = urlLifetimeSeconds("thumbnail", { durationSeconds: null }, library.signer);
  return (library.contentUrls ?? library.signedUrls).download({ object, expiresSeconds });
}
