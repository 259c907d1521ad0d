// What Google refuses of a bucket's notifications. https://cloud.google.com/storage/docs/json_api/v1/notifications
import type { CheckProblem } from "../provider/kind.ts";
import { unknownValue } from "../provider/schema.ts";
import type { Properties } from "../store.ts";
import { textOf } from "./stored-state.ts";

const formats = ["JSON_API_V1", "NONE"];
const events = ["OBJECT_FINALIZE", "OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE"];

export function notificationProblems(inputs: Properties): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const add = (property: string, reason: string): void => void problems.push({ property, reason });
  const { payloadFormat, eventTypes, topic } = inputs;
  if (typeof payloadFormat === "string" && !formats.includes(payloadFormat)) {
    add("payloadFormat", `is no format ("${payloadFormat}"); expected ${formats.join(" or ")}. Correct it.`);
  }
  for (const event of Array.isArray(eventTypes) ? eventTypes : []) {
    if (typeof event !== "string" || event === unknownValue || events.includes(event)) continue;
    add("eventTypes", `has no such event ("${event}"); expected ${events.join(", ")}. Correct it.`);
  }
  const full = /^(\/\/pubsub\.googleapis\.com\/)?projects\/[^/]+\/topics\/[A-Za-z][\w.~+%-]{2,254}$/;
  if (typeof topic === "string" && topic !== unknownValue && !full.test(topic)) {
    add(
      "topic",
      `is no topic's full name ("${textOf(inputs, "topic")}"); expected projects/PROJECT/topics/TOPIC. Use the topic's id.`,
    );
  }
  return problems;
}
