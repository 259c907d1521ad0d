// The smallest application of the library: searches tracks through its own pooler. An application that lives elsewhere imports
// `music-library-client` (npm run pack) in place of ../../client.
import { createServer, type ServerResponse } from "node:http";
import { openMusicLibrary, parseContract } from "../../client/index.ts";

const { MUSIC_LIBRARY_CONTRACT = "", POOLER_PASSWORD = "", HOST = "::", PORT = "8080" } = process.env;
const library = openMusicLibrary({
  contract: parseContract(MUSIC_LIBRARY_CONTRACT),
  poolerPassword: POOLER_PASSWORD,
  applicationName: "music-player",
  maxConnections: 2,
});

async function answer(url: URL): Promise<unknown> {
  const query = url.pathname === "/ready" ? "" : (url.searchParams.get("q") ?? "");
  const tracks = await library.tracks.search(query, 10);
  return { tracks: tracks.map(({ title, artist }) => ({ title, artist })) };
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

const server = createServer((request, response) => {
  answer(new URL(request.url ?? "/", "http://localhost")).then(
    (value) => {
      send(response, 200, value);
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      send(response, 503, { error: "the library does not answer" });
    },
  );
});

process.once("SIGTERM", () => {
  server.close(() => void library.close());
  server.closeIdleConnections();
});
server.listen(Number(PORT), HOST);
