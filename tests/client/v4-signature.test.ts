// What Google's cases do not say of a request that nobody checks.
import { describe, expect, it } from "@jest/globals";
import { type Signer, signV4Url, type V4Request } from "../../client/index.ts";

const signer: Signer = {
  ...{ clientEmail: "signer@project.iam.gserviceaccount.com", maxExpiresSeconds: 604_800 },
  sign: () => Promise.resolve(Buffer.from("ab", "hex")),
};
const list: V4Request = {
  ...{ method: "GET", bucket: "bucket", expiresSeconds: 10 },
  signedAt: Date.UTC(2096, 0, 2, 3, 4, 5),
};
const plain: V4Request = { ...list, object: "a" };

describe("a V4 URL", () => {
  it("keeps the signature's own parameters, whatever the request has under their names", async () => {
    const query = { "X-Goog-Expires": "604800", "X-Goog-Credential": "another", "X-Goog-SignedHeaders": "none" };
    expect(await signV4Url({ ...plain, query }, signer)).toBe(await signV4Url(plain, signer));
  });

  it("is the same with no headers and parameters as without any", async () => {
    expect(await signV4Url({ ...plain, headers: {}, query: {} }, signer)).toBe(await signV4Url(plain, signer));
  });

  it("of a bucket bound to a host is the host's root", async () => {
    const url = await signV4Url(
      { ...list, address: { style: "bucketBound", endpoint: "https://media.example" } },
      signer,
    );
    expect(url).toMatch(/^https:\/\/media\.example\/\?X-Goog-Algorithm=/);
  });

  it("sorts a parameter by its name alone, before a longer one whatever goes on there", async () => {
    const url = await signV4Url({ ...plain, query: { a: "1", "a-": "2", "a%": "3" } }, signer);
    expect(url).toMatch(/&a=1&a%25=3&a-=2&X-Goog-Signature=ab$/);
  });
});
