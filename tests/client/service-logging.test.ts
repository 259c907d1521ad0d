import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import fastify from "fastify";
import { logging } from "../../service/logging.ts";

/** What a server with the service's logging writes while it answers one failing request. */
async function loggedBy(failure: Error): Promise<string> {
  let written = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written += String(chunk);
      done();
    },
  });
  const server = fastify({ logger: { ...logging("debug"), stream } });
  server.get("/fails", () => Promise.reject(failure));
  const headers = { authorization: "Bearer token-of-caller", cookie: "session=of-caller" };
  await server.inject({ url: "/fails?query=private+search", headers });
  await server.close();
  return written;
}

describe("the service's log", () => {
  it("has severity, time, path and the error with its causes, as Cloud Logging reads them", async () => {
    const cause = Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });
    const lines = (await loggedBy(new Error("no database", { cause }))).trim().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries[0]).toMatchObject({ severity: "INFO", req: { method: "GET", path: "/fails" } });
    expect(Number.isNaN(Date.parse(String(entries[0]?.["time"])))).toBe(false);
    expect(entries.find(({ severity }) => severity === "ERROR")).toMatchObject({
      err: { message: "no database", cause: { message: "connection refused", code: "ECONNREFUSED" } },
    });
  });

  it("has neither tokens nor searches, nor what errors of libraries drag along", async () => {
    const request = { headers: { authorization: "Bearer token-of-service" } };
    const failure = Object.assign(new Error("signBlob failed"), {
      ...{ config: request, response: { config: request }, client: { password: "secret-of-pool" } },
      cause: Object.assign(new Error("inner"), { config: request }),
    });
    const log = await loggedBy(failure);
    expect(log).toContain("signBlob failed");
    for (const secret of ["token-of", "of-caller", "secret-of-pool", "private"]) expect(log).not.toContain(secret);
  });
});
