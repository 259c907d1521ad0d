// What is wrong with the configuration of a stack, in the words of the program.
import { ConfigError, parseConfig } from "../../config.ts";
import type { Stack } from "./refused-combinations.ts";

interface Place {
  stack: string;
  project: string;
  region: string;
}

/** All problems of a stack whose settings differ in `raw` from those that fit. */
export function problemsOf(
  stack: Stack,
  raw: Readonly<Record<string, unknown>>,
  place: Partial<Place> = {},
): readonly string[] {
  const connection = stack === "local" ? { connectionMode: "direct" } : {};
  const onCall =
    stack === "prod" ? { alertEmails: ["oncall@music.example"], billingAccount: "012345-6789AB-CDEF01" } : {};
  try {
    parseConfig(
      { environment: stack, ...connection, ...onCall, ...raw },
      { stack, project: "loist-music-library", region: "us-central1", ...place },
    );
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
