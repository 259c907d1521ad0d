import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyPluginCallback } from "fastify";
import type { MusicLibrary } from "../../client/index.ts";

const FILES = [
  { path: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { path: "/page.js", file: "page.js", type: "text/javascript; charset=utf-8" },
  { path: "/charts.js", file: "charts.js", type: "text/javascript; charset=utf-8" },
  { path: "/page.css", file: "page.css", type: "text/css; charset=utf-8" },
] as const;

/** A small page over this service's own routes: search, play, upload, status. It holds no data, so everybody may load it. */
export const pageRoutes: FastifyPluginCallback<{ library: Pick<MusicLibrary, "contract"> }> = (
  server,
  { library },
  done,
) => {
  const storage = library.contract.endpoints.storage || "https://storage.googleapis.com";
  const { contentNetwork } = library.contract;
  const delivery = contentNetwork === undefined ? storage : `${storage} https://${contentNetwork.domain}`;
  const policy = [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
    ...[`connect-src 'self' ${storage}`, `media-src ${delivery}`, `img-src 'self' data: ${delivery}`],
  ].join("; ");
  for (const { path, file, type } of FILES) {
    const content = readFileSync(join(import.meta.dirname, "../page", file));
    server.get(path, { schema: { hide: true }, config: { access: "open" } }, (_request, reply) =>
      reply
        .type(type)
        .headers({
          "content-security-policy": policy,
          "cache-control": "no-cache",
          "x-content-type-options": "nosniff",
          "referrer-policy": "no-referrer",
        })
        .send(content),
    );
  }
  done();
};
