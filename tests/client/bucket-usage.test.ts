// The list of the bucket, against a server that answers as Cloud Storage does: how it is asked for, and what is made of it.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { OAuth2Client } from "google-auth-library";
import { listBucket } from "../../service/monitoring/bucket-usage.ts";

const PAGES = 40;
const PAGE = 1_000;
const asked: URLSearchParams[] = [];
/** Pages that were begun and not yet sent: a list that held more than one at a time would ask ahead. */
let open = 0;
let mostOpen = 0;

const server = createServer((request, response) => {
  const query = new URL(request.url ?? "", "http://localhost").searchParams;
  asked.push(query);
  open += 1;
  mostOpen = Math.max(mostOpen, open);
  const page = Number(query.get("pageToken") ?? 0);
  const items = Array.from({ length: PAGE }, (_, index) => {
    const number = page * PAGE + index;
    const folder = ["audio/", "thumbnails/", "temp/", "template"][number % 4] ?? "";
    const deleted = number % 10 === 0 ? { timeDeleted: "2026-11-01T00:00:00Z" } : {};
    return { name: `${folder}${number}`, size: String(number % 7), ...deleted };
  });
  const next = page + 1 < PAGES ? { nextPageToken: String(page + 1) } : {};
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ items, ...next }), () => (open -= 1));
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.close();
});

describe("the list of the bucket", () => {
  it("asks page by page for the least that tells folder, size and version, and counts everything once", async () => {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: "token", expiry_date: Date.now() + 3_600_000 });
    const { usage, listCalls } = await listBucket({
      ...{ bucket: "music-audio", prefixes: ["audio/", "thumbnails/", "temp/"], authClient },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });

    expect(listCalls).toBe(PAGES);
    expect(mostOpen).toBe(1);
    expect(asked.map((query) => query.get("pageToken"))).toEqual([
      null,
      ...Array.from({ length: PAGES - 1 }, (_, index) => String(index + 1)),
    ]);
    expect(Object.fromEntries(asked[0] ?? [])).toEqual({
      ...{ versions: "true", maxResults: "1000" },
      fields: "items(name,size,timeDeleted),nextPageToken",
    });
    const numbers = Array.from({ length: PAGES * PAGE }, (_, number) => number);
    const expected = ["audio/", "thumbnails/", "temp/", "other"].map((prefix, folder) => {
      const count = (deleted: boolean) => {
        const mine = numbers.filter((number) => number % 4 === folder && (number % 10 === 0) === deleted);
        return { objects: mine.length, bytes: mine.reduce((sum, number) => sum + (number % 7), 0) };
      };
      return [prefix, { live: count(false), noncurrent: count(true) }];
    });
    expect([...usage]).toEqual(expected);
  });
});
