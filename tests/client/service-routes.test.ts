import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type AudioFile, audioFiles } from "../../commands/demo/audio-files.ts";
import { encode } from "../../commands/demo/encoders.ts";
import { melody } from "../../commands/demo/melody.ts";
import { freePort } from "../support/postgres.ts";
import { type ServiceSetup, startService } from "./service-setup.ts";

let service: ServiceSetup;
let folder: string;
let files: AudioFile[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "service-routes-"));
  [service, files] = await Promise.all([startService(), audioFiles(folder)]);
}, 60_000);

afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  jest.restoreAllMocks();
});

const mp3 = () => files.find(({ track }) => track.format === "MP3" && track.cover === "jpeg")!;

async function call(method: "GET" | "POST" | "DELETE", url: string, payload?: object) {
  const response = await service.server.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  const body = response.body === "" ? {} : response.json<Record<string, unknown>>();
  return { status: response.statusCode, headers: response.headers, body };
}

/** Starts an upload and sends the bytes; answers with the upload's id. */
async function upload({ contentType, bytes }: Pick<AudioFile, "contentType"> & { bytes: Buffer<ArrayBuffer> }) {
  const { status, body } = await call("POST", "/uploads", { contentType, sizeBytes: bytes.length });
  expect(status).toBe(201);
  const put = await fetch(String(body["url"]), {
    method: "PUT",
    headers: body["headers"] as Record<string, string>,
    body: bytes,
  });
  expect(put.status).toBe(200);
  return String(body["id"]);
}

async function objectNames(prefix: string): Promise<string[]> {
  const [found] = await service.storage.client.bucket(service.library.contract.bucket.name).getFiles({ prefix });
  return found.map(({ name }) => name);
}

describe("an upload", () => {
  it.each(["MP3", "FLAC", "OGG", "WAV"] as const)("of %s becomes a track with its tags and cover", async (format) => {
    const file = files.find(({ track }) => track.format === format && track.cover !== "none")!;
    const id = await upload(file);
    const promoted = await call("POST", `/uploads/${id}/promote`);
    expect(promoted.status).toBe(200);
    const { artist, title, album, genre, year, channels, sampleRate } = file.track;
    expect(promoted.body).toMatchObject({
      ...{ id, status: "COMPLETED", format, hasThumbnail: true },
      ...{ artist, title, album, genre, year, channels, sampleRate },
    });
    expect((await call("GET", `/tracks/${id}`)).body).toEqual(promoted.body);

    const stream = await call("GET", `/tracks/${id}/stream`);
    const part = await fetch(String(stream.body["url"]), { headers: { range: "bytes=10-19" } });
    expect([part.status, part.headers.get("content-type")]).toEqual([206, file.contentType]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(file.bytes.subarray(10, 20));

    const cover = await fetch(String((await call("GET", `/tracks/${id}/thumbnail`)).body["url"]));
    expect(Buffer.from(await cover.arrayBuffer())).toEqual(Buffer.from(file.cover!));
    expect(await objectNames(`temp/${id}`)).toEqual([]);
  });

  it("is promoted once, however often and from wherever it is asked", async () => {
    const id = await upload(mp3());
    const answers = await Promise.all([1, 2, 3].map(() => call("POST", `/uploads/${id}/promote`)));
    answers.push(await call("POST", `/uploads/${id}/promote`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => String(body["id"])))).toEqual(new Set([id]));
    expect(await objectNames(`audio/${id}`)).toEqual([`audio/${id}.mp3`]);
  });

  it("that fails half-way leaves a FAILED track, and goes through when tried again", async () => {
    const id = await upload(mp3());
    const { access } = service.storage;
    const allowed = access.allowed.bind(access);
    const denying = jest
      .spyOn(access, "allowed")
      .mockImplementation((principal, permission, resource) =>
        resource.includes("/objects/thumbnails/") ? false : allowed(principal, permission, resource),
      );
    const refused = await call("POST", `/uploads/${id}/promote`);
    expect(refused.status).toBe(500);
    expect(refused.body["detail"]).not.toContain("thumbnails");
    expect((await call("GET", `/tracks/${id}`)).body["status"]).toBe("FAILED");
    expect((await call("GET", `/tracks/${id}/stream`)).status).toBe(404);
    denying.mockRestore();
    expect((await call("POST", `/uploads/${id}/promote`)).body).toMatchObject({ id, status: "COMPLETED" });
    const { rows } = await (
      await service.cluster.connect("music_library")
    ).query<{ steps: string }>(
      "select string_agg(new_status, ' ' order by id) as steps from library.track_events where track_id = $1",
      [id],
    );
    expect(rows[0]?.steps).toBe("PROCESSING FAILED PENDING PROCESSING COMPLETED");
  });

  it("without a title is called by its file name", async () => {
    const sound = melody({ seed: 1, seconds: 0.5, channels: 1, sampleRate: 22_050 });
    const id = await upload({ contentType: "audio/wav", bytes: Buffer.from(await encode("WAV", sound, 22_050)) });
    const { body } = await call("POST", `/uploads/${id}/promote`, { fileName: "Demo tape.final.wav" });
    expect(body).toMatchObject({ title: "Demo tape.final", artist: null, hasThumbnail: false });
    expect((await call("GET", `/tracks/${id}/thumbnail`)).status).toBe(404);
  });

  it.each([
    ["text", Buffer.from("no sound in here, only words. ".repeat(100))],
    ["one byte", Buffer.from("I")],
    ["a cut-off header", Buffer.from("fLaC\u0000\u0000")],
  ])("that holds %s is refused and leaves no track", async (_what, bytes) => {
    const id = await upload({ contentType: "audio/flac", bytes });
    const { status, body } = await call("POST", `/uploads/${id}/promote`);
    expect([status, body["code"]]).toEqual([422, "AudioUnreadableError"]);
    expect((await call("GET", `/tracks/${id}`)).status).toBe(404);
  });

  it("that never arrived is not found", async () => {
    const { status, body } = await call("POST", `/uploads/${randomUUID()}/promote`);
    expect([status, body["code"]]).toEqual([404, "UploadNotFoundError"]);
  });
});

describe("search", () => {
  let id: string;
  beforeAll(async () => {
    id = await upload(files.find(({ track }) => track.artist === "Velvet Thunderstruck")!);
    await call("POST", `/uploads/${id}/promote`);
  });

  it("finds by words, by words with typing errors, and by none the newest", async () => {
    const exact = await call("GET", "/tracks?query=thunderstruck");
    expect(exact.body).toMatchObject({ match: "fullText", tracks: [{ id }] });
    const misspelt = await call("GET", "/tracks?query=thunderstuck");
    expect(misspelt.body).toMatchObject({ match: "similar", tracks: [{ id }] });
    expect((await call("GET", "/tracks?limit=1")).body).toMatchObject({ match: "recent", tracks: [{ id }] });
    const { next } = (await call("GET", "/tracks?query=thunderstruck&limit=1")).body as { next: string };
    const after = await call("GET", `/tracks?query=thunderstruck&after=${next}`);
    expect(after.body).toEqual({ match: "fullText", tracks: [], next: null });
    const completed = await call("GET", "/suggestions?prefix=thunders");
    expect(completed.body).toEqual({ suggestions: [{ text: "thunderstruck", tracks: 1 }] });
  });

  it("shows no paths of the bucket", async () => {
    const { body } = await call("GET", "/tracks?query=thunderstruck");
    expect(JSON.stringify(body)).not.toContain("gs://");
  });

  it("answers a redirect where the player wants one", async () => {
    const { statusCode, headers } = await service.server.inject(`/tracks/${id}/stream?redirect=true`);
    expect([statusCode, new URL(String(headers.location)).origin]).toEqual([302, service.storage.server.endpoint]);
  });
});

describe("a wrong request", () => {
  it.each([
    ["GET", "/tracks/not-a-uuid", undefined, 400, "ValidationError"],
    ["GET", `/tracks/${randomUUID()}`, undefined, 404, "TrackNotFoundError"],
    ["GET", "/tracks?limit=0", undefined, 400, "ValidationError"],
    ["GET", "/tracks?query=a&after=x", undefined, 400, "SearchCursorError"],
    ["GET", "/suggestions?prefix=a&limit=101", undefined, 400, "ValidationError"],
    ["GET", `/tracks?query=${"x".repeat(10_241)}`, undefined, 400, "ValidationError"],
    ["GET", "/nowhere?secret=1", undefined, 404, "RouteNotFoundError"],
    ["POST", "/uploads", { contentType: "text/html", sizeBytes: 1 }, 400, "ValidationError"],
    ["POST", "/uploads", { contentType: "audio/flac", sizeBytes: 0 }, 400, "ValidationError"],
    ["POST", "/uploads", { contentType: "audio/flac", sizeBytes: 1.5 }, 400, "ValidationError"],
    ["POST", "/uploads", { contentType: "x".repeat(17_000), sizeBytes: 1 }, 413, "FST_ERR_CTP_BODY_TOO_LARGE"],
  ] as const)("%s is answered with a problem, case %#", async (method, url, payload, status, code) => {
    const answer = await call(method, url, payload);
    expect([answer.status, answer.body["code"], answer.headers["content-type"]]).toEqual([
      ...[status, code, expect.stringMatching("^application/problem\\+json")],
    ]);
    expect(answer.body["detail"]).not.toContain("secret=1");
  });

  it("names all that is wrong at once", async () => {
    const { body } = await call("POST", "/uploads", { contentType: "text/html", sizeBytes: -1, colour: 1 });
    expect(body["detail"]).toMatch(/colour.*contentType.*sizeBytes|contentType.*sizeBytes.*colour/);
  });
});

describe("a removal", () => {
  it("takes row, audio and thumbnail, and can be repeated", async () => {
    const id = await upload(mp3());
    await call("POST", `/uploads/${id}/promote`);
    expect(
      [await objectNames(`audio/${id}`), await objectNames(`thumbnails/${id}`)].map(({ length }) => length),
    ).toEqual([1, 1]);
    expect((await call("DELETE", `/tracks/${id}`)).status).toBe(204);
    expect((await call("GET", `/tracks/${id}`)).status).toBe(404);
    expect([await objectNames(`audio/${id}`), await objectNames(`thumbnails/${id}`)]).toEqual([[], []]);
    expect((await call("DELETE", `/tracks/${id}`)).status).toBe(204);
  });

  it("that failed half-way is finished by its repeat", async () => {
    const id = await upload(mp3());
    await call("POST", `/uploads/${id}/promote`);
    jest.spyOn(service.library.objects, "remove").mockRejectedValueOnce(new Error("power cut"));
    expect((await call("DELETE", `/tracks/${id}`)).status).toBe(500);
    // Nobody finds what does not play any more.
    expect((await call("GET", `/tracks/${id}`)).status).toBe(404);
    expect((await call("DELETE", `/tracks/${id}`)).status).toBe(204);
    expect([await objectNames(`audio/${id}`), await objectNames(`thumbnails/${id}`)]).toEqual([[], []]);
  });
});

describe("a stream for saving", () => {
  it("carries a file name of artist and title, and a longer life for seeking", async () => {
    const id = await upload(mp3());
    const { body } = await call("POST", `/uploads/${id}/promote`);
    const saved = await fetch(String((await call("GET", `/tracks/${id}/stream?download=true`)).body["url"]));
    expect(saved.headers.get("content-disposition")).toMatch(/^attachment; filename=/);
    expect(decodeURIComponent(saved.headers.get("content-disposition") ?? "")).toContain(String(body["title"]));
    await saved.body?.cancel();
    const life = async (use: string) => {
      const { url } = (await call("GET", `/tracks/${id}/stream?use=${use}`)).body;
      return Number(new URL(String(url)).searchParams.get("X-Goog-Expires"));
    };
    expect([await life("stream"), (await life("seek")) > 3_600]).toEqual([900, true]);
    expect((await call("GET", `/tracks/${id}/stream?use=ever`)).status).toBe(400);
  });
});

describe("figures", () => {
  it("come for collectors, without a series for each track", async () => {
    await call("GET", `/tracks/${randomUUID()}`);
    const { body, headers } = await service.server.inject("/metrics");
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="/tracks/:id",status="404"}');
    expect(body).toMatch(/^client_pool_connections\{state="busy"\} \d+$/m);
    // Here is no pooler but the server itself, which has no SHOW POOLS.
    expect(body).toMatch(/^pgbouncer_up 0$/m);
  });

  it("come for people", async () => {
    await call("GET", "/tracks?query=anything");
    const { status, body } = await call("GET", "/status");
    expect(status).toBe(200);
    expect(body).toEqual({
      pool: { total: expect.any(Number), idle: expect.any(Number), waiting: 0 },
      pooler: null,
      searchMs: { p50: expect.any(Number), p99: expect.any(Number) },
      tracks: expect.any(Number),
    });
  });

  it("name each answer, as the log has it", async () => {
    const { headers, json } = await service.server.inject("/tracks/none");
    expect(json()).toMatchObject({ instance: headers["x-request-id"] });
  });
});

describe("health", () => {
  it("is live and ready with a database", async () => {
    expect((await call("GET", "/live")).status).toBe(200);
    expect((await call("GET", "/ready")).status).toBe(200);
  });

  it("is live, not ready, and says when to try again without one", async () => {
    const { server } = await service.serviceAt(await freePort());
    expect((await server.inject("/live")).statusCode).toBe(200);
    const ready = await server.inject("/ready");
    expect([ready.statusCode, ready.headers["retry-after"]]).toEqual([503, "1"]);
  });

  it("describes every route in OpenAPI", async () => {
    const { body } = await call("GET", "/openapi.json");
    expect(Object.keys(body["paths"] as object).toSorted()).toEqual([
      ...["/internal/verify", "/live", "/ready", "/status", "/suggestions", "/tracks", "/tracks/{id}"],
      ...["/tracks/{id}/stream", "/tracks/{id}/thumbnail", "/uploads", "/uploads/{id}/promote"],
    ]);
  });
});
