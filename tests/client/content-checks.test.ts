// The acceptance test's row for the content network, against a stand-in that checks signatures as Google says its own does.
import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { ContentUrls, type ObjectMetadata } from "../../client/index.ts";
import { runChecks } from "../../service/verification/check.ts";
import { contentChecks } from "../../service/verification/content-checks.ts";
import { exampleContract } from "./contract-example.ts";

const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const network = {
  domain: "audio.loist.io",
  address: "203.0.113.44",
  keyName: "key-0",
  keySecret: "projects/p/secrets/s",
};
const contract = exampleContract({ contentNetwork: network });
const contentUrls = new ContentUrls({
  network,
  key: `${key.toString("base64url")}==`,
  prefixes: contract.bucket.prefixes,
});

/** The bucket behind, as a map. */
function bucket() {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    objects: {
      upload: async (name: string, bytes: Buffer) => {
        kept.set(name, bytes);
        return { name } as ObjectMetadata;
      },
      list: async (name: string) => (kept.has(name) ? [{ name } as ObjectMetadata] : []),
      removeGeneration: async ({ name }: Pick<ObjectMetadata, "name">) => kept.delete(name),
    },
  };
}

/** Whether a URL is signed, for its time and its prefix. */
function signed(url: URL): boolean {
  const [policy = "", signature] = url.search.slice(1).split("&Signature=");
  const { URLPrefix = "", Expires, KeyName } = Object.fromEntries(new URLSearchParams(policy));
  const own = createHmac("sha1", key).update(policy).digest("base64").replaceAll("+", "-").replaceAll("/", "_");
  const prefix = Buffer.from(URLPrefix, "base64url").toString();
  const fits = prefix !== "" && (url.origin + url.pathname).startsWith(prefix);
  return signature === own && fits && Number(Expires) * 1000 > Date.now() && KeyName === network.keyName;
}

function standIn(kept: ReadonlyMap<string, Buffer>, open: (url: URL) => boolean): void {
  jest.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = new URL(typeof input === "string" ? input : "");
    const bytes = kept.get(url.pathname.slice(1));
    if (url.hostname !== network.domain || bytes === undefined || !open(url)) return new Response("", { status: 403 });
    return new Response(new Uint8Array(bytes.subarray(100, 200)), { status: 206 });
  });
}

async function row(open: (url: URL) => boolean) {
  const { kept, objects } = bucket();
  standIn(kept, open);
  const [first] = await runChecks(contentChecks({ contract, contentUrls, objects }));
  expect([...kept.keys()]).toEqual([]);
  return first;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe("the row of the content network", () => {
  it("passes where signed requests alone are answered, and leaves nothing behind", async () => {
    expect(await row(signed)).toEqual({
      name: "content network",
      passed: true,
      figure: "signed 206, unsigned and stretched 403 at audio.loist.io",
    });
  });

  it.each<[what: string, open: (url: URL) => boolean, seen: string]>([
    ["unsigned requests are answered", (url) => url.search === "" || signed(url), "206, 206, 206, 403"],
    ["signatures are not checked", (url) => url.search !== "", "403, 206, 403, 206"],
    ["nothing is delivered", () => false, "403, 403, 403, 403"],
  ])("fails where %s", async (_what, open, seen) => {
    const { passed, problem } = (await row(open)) ?? {};

    expect(passed).toBe(false);
    expect(problem).toContain(`(${seen}); expected 403, 206, 403, 403: unsigned, signed, unsigned again, stretched`);
  });

  it("says what to set where nothing answers", async () => {
    const { objects } = bucket();
    jest.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("fetch failed"));
    const [first] = await runChecks(contentChecks({ contract, contentUrls, objects }));

    expect(first?.problem).toBe(
      "content network: is not as promised (no answer); expected an A record 203.0.113.44 and an active certificate.",
    );
  });

  it("is not there without a content network", () => {
    expect(contentChecks({ contract: exampleContract(), contentUrls: undefined, objects: bucket().objects })).toEqual(
      [],
    );
  });
});
