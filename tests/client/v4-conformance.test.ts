// The signer held against Google's published cases: what it signs, and the URLs and forms that come of it.
import { describe, expect, it } from "@jest/globals";
import { chosenEndpoint, type Signer, signV4Policy, signV4Url } from "../../client/index.ts";
import { policyCases, signerEmail, urlCases } from "./v4-conformance.ts";

/** Keeps what it is asked to sign; its signature is the two bytes "ab cd". */
function recordingSigner(): Signer & { signed: string[] } {
  const signed: string[] = [];
  return {
    ...{ clientEmail: signerEmail, maxExpiresSeconds: 604_800, signed },
    sign: (text) => {
      signed.push(text);
      return Promise.resolve(Buffer.from("abcd", "hex"));
    },
  };
}

describe("Google's cases for signed URLs", () => {
  it("are all there", () => expect([urlCases.length, policyCases.length]).toEqual([29, 11]));

  it.each(urlCases.map((row) => [row.name, row] as const))("%s", async (_name, row) => {
    const signer = recordingSigner();
    const signedAt = row.signedAt ?? "2019-02-01T09:00:00Z";
    const { method = "GET", bucket = "test-bucket", expiresSeconds = 10, ...rest } = row.request ?? {};
    const object = row.object === undefined ? "test-object" : row.object;
    const url = await signV4Url(
      {
        ...{ ...rest, method, bucket, expiresSeconds, signedAt: Date.parse(signedAt) },
        ...(object === null ? {} : { object }),
        address: row.address ?? { style: "path", endpoint: chosenEndpoint(row.endpoints ?? {}) },
      },
      signer,
    );
    const timestamp = signedAt.replace(/[-:]/g, "");
    const day = timestamp.slice(0, 8);
    expect(signer.signed).toEqual([`GOOG4-RSA-SHA256\n${timestamp}\n${day}/auto/storage/goog4_request\n${row.digest}`]);
    const start = row.start ?? "https://storage.googleapis.com/test-bucket/test-object";
    const credential = encodeURIComponent(`${signerEmail}/${day}/auto/storage/goog4_request`);
    expect(url).toBe(
      `${start}?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=${credential}&X-Goog-Date=${timestamp}` +
        `&X-Goog-Expires=${String(expiresSeconds)}${row.query?.before ?? ""}` +
        `&X-Goog-SignedHeaders=${row.signedHeaders ?? "host"}${row.query?.after ?? ""}&X-Goog-Signature=abcd`,
    );
  });
});

describe("Google's cases for POST policies", () => {
  it.each(policyCases.map((row) => [row.name, row] as const))("%s", async (_name, row) => {
    const signer = recordingSigner();
    const { url, text = "", object = "test-object", bucket, fields = {}, conditions = [] } = row;
    const form = await signV4Policy(
      {
        ...{ bucket, object, fields, conditions, expiresSeconds: 10, signedAt: Date.parse("2020-01-23T04:35:30Z") },
        ...(row.address === undefined ? {} : { address: row.address }),
      },
      signer,
    );
    const credential = `${signerEmail}/20200123/auto/storage/goog4_request`;
    const key = object.replace("é", "\\u00e9");
    const policy =
      `{"conditions":[${text}{"bucket":"${bucket}"},{"key":"${key}"},{"x-goog-date":"20200123T043530Z"},` +
      `{"x-goog-credential":"${credential}"},{"x-goog-algorithm":"GOOG4-RSA-SHA256"}],` +
      '"expiration":"2020-01-23T04:35:40Z"}';
    const encoded = Buffer.from(policy).toString("base64");
    expect(Buffer.from(signer.signed[0] ?? "", "base64").toString()).toBe(policy);
    expect(form).toEqual({
      url: url ?? `https://storage.googleapis.com/${bucket}/`,
      fields: {
        ...fields,
        ...{ key: object, policy: encoded, "x-goog-signature": "abcd", "x-goog-date": "20200123T043530Z" },
        ...{ "x-goog-algorithm": "GOOG4-RSA-SHA256", "x-goog-credential": credential },
      },
    });
  });
});
