// That a page may do what the client signs: every method and header of its URLs is among those that the bucket lets through.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { keySigner, SignedUrls } from "../../client/index.ts";
import { corsHeaders, corsMethods, corsProblems, corsRule } from "../../components/cors-rule.ts";
import { prefixes } from "../../naming.ts";

const defaults = { corsMethods, corsHeaders };
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const signer = keySigner("signer@project.iam.gserviceaccount.com", privateKey);

describe("the rule for pages", () => {
  it("lets through every method and header that the client signs", async () => {
    const urls = new SignedUrls({ bucket: "library-audio", prefixes, endpoint: "", signer });
    const upload = { object: "temp/a.flac", contentType: "audio/flac", sizeBytes: 9, replacing: "7" };
    const signed = await Promise.all([
      urls.download({ object: "audio/a.flac" }),
      urls.upload({ ...upload, sha256: "0".repeat(64) }),
      urls.resumableUpload(upload),
    ]);
    const { methods, responseHeaders } = corsRule({ ...defaults, corsOrigins: ["*"], corsMaxAgeSeconds: 60 });
    const allowed = responseHeaders.map((header) => header.toLowerCase());
    const sent = signed.flatMap(({ headers }) => Object.keys(headers));

    expect(sent).toContain("x-goog-resumable");
    expect(sent.filter((header) => !allowed.includes(header))).toEqual([]);
    expect(signed.map(({ method }) => method).filter((method) => !methods.includes(method))).toEqual([]);
  });

  it("is complete as it stands, in any spelling of the headers, and with headers of one's own", () => {
    const lower = corsHeaders.map((header) => header.toLowerCase());
    expect(corsProblems(defaults)).toEqual([]);
    expect(corsProblems({ corsMethods, corsHeaders: [...lower, "x-goog-meta-source"] })).toEqual([]);
  });

  it.each(["Range", "Content-Type", "x-goog-content-length-range", "x-goog-resumable", "Location"])(
    "is refused without %s",
    (missing) => {
      const problems = corsProblems({ ...defaults, corsHeaders: corsHeaders.filter((header) => header !== missing) });
      expect(problems.join("\n")).toContain(`expected ${missing} among them. Add ${missing}.`);
    },
  );

  it("asks for what resumable uploads need only where POST is allowed", () => {
    const rest = corsHeaders.filter((header) => !["Location", "x-goog-resumable"].includes(header));
    expect(corsProblems({ corsMethods: ["GET", "HEAD", "PUT"], corsHeaders: rest })).toEqual([]);
    expect(corsProblems({ corsMethods, corsHeaders: rest })).toHaveLength(1);
  });
});
