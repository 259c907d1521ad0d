// What the service hands out where the contract has a content network, and where it has none. Neither database nor network is
// asked: that Google's network takes the signature is not proven here.
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { type Contract, type MusicLibrary, openMusicLibrary, type Signer, type Track } from "../../client/index.ts";
import { buildServer } from "../../service/server.ts";
import { readSettings, SettingsError } from "../../service/settings.ts";
import { exampleContract } from "./contract-example.ts";

const id = "4c0d5c4e-9d3f-4a53-8f0b-1f6f5a1f2d3e";
const key = "AAECAwQFBgcICQoLDA0ODw==";
const keySecret = "projects/loist-music-library-local/secrets/content-key";
const contentNetwork = { domain: "audio.loist.io", address: "203.0.113.44", keyName: "key-0", keySecret };
const bucket = exampleContract().bucket.name;
const track = {
  ...{ id, title: "Jóga", artist: "Björk", status: "COMPLETED", duration: 1200 },
  audioPath: `gs://${bucket}/audio/${id}.flac`,
  thumbnailPath: `gs://${bucket}/thumbnails/${id}.jpg`,
} as Track;
const signer: Signer = {
  clientEmail: "service@project.iam.gserviceaccount.com",
  maxExpiresSeconds: 43_200,
  sign: async () => Buffer.from("ab"),
};

const opened: { server: FastifyInstance; library: MusicLibrary }[] = [];
afterEach(async () => {
  for (const { server, library } of opened.splice(0)) {
    await server.close();
    await library.close();
  }
});

async function serve(contract: Contract, contentKey?: string): Promise<FastifyInstance> {
  const library = openMusicLibrary({
    ...{ contract, signer, poolerPassword: "password", applicationName: "content test" },
    ...(contentKey === undefined ? {} : { contentKey }),
  });
  jest.spyOn(library.tracks, "get").mockResolvedValue(track);
  const server = await buildServer({ library, poolerPassword: "password" });
  opened.push({ server, library });
  return server;
}

async function urlAt(server: FastifyInstance, path: string): Promise<{ url: URL; life: number }> {
  const { statusCode, body } = await server.inject(path);
  expect({ path, statusCode }).toEqual({ path, statusCode: 200 });
  const { url, expiresAt } = JSON.parse(body) as { url: string; expiresAt: string };
  return { url: new URL(url), life: (Date.parse(expiresAt) - Date.now()) / 1000 };
}

describe("a service whose contract has a content network", () => {
  it("hands out its URLs for audio and covers, each for as long as the track needs", async () => {
    const server = await serve(exampleContract({ contentNetwork }), key);
    const stream = await urlAt(server, `/tracks/${id}/stream`);
    const thumbnail = await urlAt(server, `/tracks/${id}/thumbnail`);

    expect(stream.url.origin + stream.url.pathname).toBe(`https://audio.loist.io/audio/${id}.flac`);
    expect(thumbnail.url.origin + thumbnail.url.pathname).toBe(`https://audio.loist.io/thumbnails/${id}.jpg`);
    expect([...stream.url.searchParams.keys()]).toEqual(["URLPrefix", "Expires", "KeyName", "Signature"]);
    // 20 minutes and 10 more, less the window of 5.
    expect(stream.life).toBeGreaterThan(1490);
    expect(stream.life).toBeLessThanOrEqual(1800);
  });

  it("redirects there too", async () => {
    const server = await serve(exampleContract({ contentNetwork }), key);
    const { headers, statusCode } = await server.inject(`/tracks/${id}/stream?redirect=true`);

    expect([statusCode, String(headers.location).slice(0, 30)]).toEqual([302, "https://audio.loist.io/audio/4"]);
  });

  it("leaves a download under a name to Cloud Storage, which alone can say the name", async () => {
    const server = await serve(exampleContract({ contentNetwork }), key);
    const { url } = await urlAt(server, `/tracks/${id}/stream?download=true`);

    expect(url.origin).toBe("https://storage.googleapis.com");
    expect(url.searchParams.get("response-content-disposition")).toContain("attachment");
  });

  it("lets its page play from there", async () => {
    const policy = async (server: FastifyInstance) =>
      String((await server.inject("/")).headers["content-security-policy"]);

    expect(await policy(await serve(exampleContract({ contentNetwork }), key))).toContain(
      "media-src https://storage.googleapis.com https://audio.loist.io;",
    );
    expect(await policy(await serve(exampleContract()))).toContain("media-src https://storage.googleapis.com;");
  });
});

describe("a service whose contract has none", () => {
  it.each<[string, string | undefined]>([
    ["without a key", undefined],
    ["even with a key", key],
  ])("hands out URLs of Cloud Storage, %s", async (_what, contentKey) => {
    const server = await serve(exampleContract(), contentKey);

    for (const path of ["stream", "stream?use=seek", "thumbnail"]) {
      expect((await urlAt(server, `/tracks/${id}/${path}`)).url.origin).toBe("https://storage.googleapis.com");
    }
  });
});

describe("the service's environment", () => {
  const environment = (contract: Contract) => ({
    ...{ MUSIC_LIBRARY_CONTRACT: JSON.stringify(contract), POOLER_PASSWORD: "password" },
  });

  it("has the key where the contract has a content network, and is refused without it", () => {
    const withNetwork = environment(exampleContract({ contentNetwork }));

    expect(readSettings({ ...withNetwork, CONTENT_KEY: key }).contentKey).toBe(key);
    expect(() => readSettings(withNetwork)).toThrow(SettingsError);
    expect(() => readSettings(withNetwork)).toThrow(/CONTENT_KEY is missing; expected the content network's key/);
    expect(readSettings(environment(exampleContract())).contentKey).toBeUndefined();
  });
});
