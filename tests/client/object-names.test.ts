import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkedObjectName, ObjectNameError, objectOfUri, objectUri } from "../../client/index.ts";
import { encodePath } from "../../client/v4-canonical-request.ts";

const folders = ["audio/", "temp/"];

describe("checkedObjectName", () => {
  it.each([
    "audio/a.flac",
    "temp/x",
    "audio/Björk/Jóga (live).flac",
    "audio/日本/🎵.ogg",
    "audio/a..b/c",
    "audio/a//b",
  ])("takes %s", (name) => expect(checkedObjectName(name, folders)).toBe(name));

  it.each([
    ["", "outside the folders"],
    ["thumbnails/a.jpg", "outside the folders"],
    ["audiox/a", "outside the folders"],
    ["audio/", "is a folder"],
    ["audio/../secrets", '".."'],
    ["audio/./a", '"."'],
    ["audio/a\nb", "control character"],
    ["audio/\u0000", "control character"],
    ["audio/\ud83c", "half a character"],
    [`audio/${"é".repeat(600)}`, "1206 bytes"],
  ])("refuses %j: %s", (name, reason) => {
    expect(() => checkedObjectName(name, folders)).toThrow(ObjectNameError);
    expect(() => checkedObjectName(name, folders)).toThrow(reason);
  });

  it("takes only names that a URL carries unchanged", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map((text) => `audio/${text}`);
    fc.assert(
      fc.property(name, (candidate) => {
        try {
          checkedObjectName(candidate, folders);
        } catch (error) {
          return error instanceof ObjectNameError;
        }
        const path = new URL(`https://storage.googleapis.com/bucket/${encodePath(candidate)}`).pathname;
        return decodeURIComponent(path) === `/bucket/${candidate}`;
      }),
    );
  });
});

describe("gs:// addresses", () => {
  it("go there and back", () => {
    expect(objectOfUri(objectUri("bucket", "audio/a b.flac"), "bucket")).toBe("audio/a b.flac");
  });

  it("refuses an object of another bucket", () => {
    expect(() => objectOfUri("gs://bucket-of-others/audio/a", "bucket")).toThrow(ObjectNameError);
  });
});
