import { describe, expect, it } from "@jest/globals";
import * as gcp from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";
import { recordProgram, SECRET } from "../support/pulumi-mocks.ts";

/** A resource type that the mocks do not know. */
class Unforeseen extends pulumi.CustomResource {}

describe("the recording of a program", () => {
  it("shows parents, options, dependencies and marks secrets in inputs and outputs", async () => {
    const recording = await recordProgram(() => {
      const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, { protect: true });
      const bucket = new gcp.Bucket(
        "bucket",
        { name: "music", location: "us-central1", labels: { plain: "shown", hidden: pulumi.secret("treasure") } },
        { parent },
      );
      const opts = { deletedWith: bucket, replaceWith: [bucket] };
      new gcp.BucketIAMMember("member", { bucket: bucket.name, role: "r", member: "user:a@b.c" }, opts);
      return { url: bucket.url, password: pulumi.secret("treasure") };
    });

    expect(recording.find("Bucket", "bucket")).toMatchObject({
      parent: "parent",
      protect: true,
      inputs: { labels: { plain: "shown", hidden: SECRET } },
      revealed: { labels: { plain: "shown", hidden: "treasure" } },
    });
    expect(recording.find("BucketIAMMember", "member")).toMatchObject({
      parent: "",
      deletedWith: "bucket",
      replaceWith: ["bucket"],
      dependsOn: ["bucket"],
    });
    expect(recording.outputs).toEqual({ url: "gs://music", password: SECRET });
  });

  it("refuses resource types that the mocks have no answer for", async () => {
    await expect(
      recordProgram(() => {
        new Unforeseen("gcp:pubsub/lite:Lite", "lite", {});
      }),
    ).rejects.toThrow('type "gcp:pubsub/lite:Lite": the mocks have no answer for it (resource "lite")');
  });

  it("refuses function calls", async () => {
    await expect(
      recordProgram(async () => {
        await pulumi.runtime.invoke("gcp:sql/getTiers:getTiers", {});
      }),
    ).rejects.toThrow('function "gcp:sql/getTiers:getTiers": must not be called');
  });

  it("hands on what the program throws", async () => {
    await expect(
      recordProgram(() => {
        throw new TypeError("wrong");
      }),
    ).rejects.toThrow(new TypeError("wrong"));
  });
});
