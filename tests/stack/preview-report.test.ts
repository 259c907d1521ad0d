// What reviewers read of a change. That the engine writes such events is proven on a running stack (tests/local/stack.test.ts).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { PreviewFormatError, readPreview } from "../../report/preview.ts";
import { commentOf, goldenFile, goldenSituations, reportOf, situations } from "../support/preview-situations.ts";

describe("the report of a change", () => {
  it.each(goldenSituations)(
    "reads as its golden comment: %s (`npm run golden:update` after a change on purpose)",
    (name) => {
      const golden = readFileSync(join(import.meta.dirname, "golden", "preview", goldenFile(name)), "utf8");
      expect(commentOf(name)).toBe(golden);
    },
  );

  it("stops what loses data, breaks a rule or a consumer, and nothing else", () => {
    const stopped = Object.keys(situations).filter((name) =>
      reportOf(name).decisions.some((one) => one.weight === "stop"),
    );
    expect(stopped).toEqual([
      "the bucket is replaced",
      "a database is deleted",
      "a migration is taken back",
      "others have changed the schema",
      "a rule is broken",
      "the contract loses a field",
      "locks are opened",
      "the preview fails",
    ]);
  });

  it("leaves out every secret, and still says that something was renewed", () => {
    const comment = commentOf("a password is renewed");
    expect(comment).toContain("1 to replace");
    expect(comment).not.toContain("hunter2");
    expect(JSON.stringify(reportOf("a password is renewed"))).not.toContain("hunter2");
  });

  it("is cut between two lines where GitHub would refuse it, with its folds closed", () => {
    const comment = commentOf("more than fits into a comment");
    expect(comment.length).toBeLessThan(65_536);
    expect(comment.split("<details").length).toBe(comment.split("</details>").length);
    expect(comment).toContain("The rest does not fit");
  });

  it("can be found again by its first line", () => {
    expect(commentOf("nothing changes").split("\n")[0]).toBe("<!-- music-library preview: prod -->");
  });

  it.each([
    ["no JSON", "Previewing update (prod)", "line 1 is not JSON"],
    ["the whole digest", '{"steps": []}', "has no configuration among its events"],
    ["a part of the events", '{"preludeEvent": {"config": {}}}', "ends before its summary"],
    ["a wrong event", '{"preludeEvent": {"config": 1}}', "line 1 is no event (preludeEvent.config"],
  ])("refuses %s, and says how the file is made", (_, text, problem) => {
    expect(() => readPreview(text)).toThrow(PreviewFormatError);
    expect(() => readPreview(text)).toThrow(problem);
    expect(() => readPreview(text)).toThrow("PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json");
  });
});
