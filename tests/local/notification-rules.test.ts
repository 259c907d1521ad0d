// What the local cloud refuses of a bucket's notifications, as Google would.
import { describe, expect, it } from "@jest/globals";
import { notificationProblems } from "../../local/resources/notification-rules.ts";

const told = { bucket: "audio", topic: "projects/p/topics/uploads", payloadFormat: "JSON_API_V1" };

describe("a notification", () => {
  it.each([
    ["of new objects", { eventTypes: ["OBJECT_FINALIZE"] }, []],
    ["of what does not happen", { eventTypes: ["OBJECT_READ"] }, ["eventTypes"]],
    ["in another format", { payloadFormat: "XML" }, ["payloadFormat"]],
    ["to a topic by its short name", { topic: "uploads" }, ["topic"]],
  ])("%s", (_what, change, properties) => {
    expect(notificationProblems({ ...told, ...change }).map(({ property }) => property)).toEqual(properties);
  });
});
