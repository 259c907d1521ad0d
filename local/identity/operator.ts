// How the person at this machine proves to be the operator: a secret in a file that only they can read, exchanged for an
// access token as with workload identity federation. Google's client libraries need nothing but the credential file.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";

/**
 * A workforce pool: the libraries take the project of a workload pool from its audience and would ask Google about it.
 */
export const operatorAudience = "//iam.googleapis.com/locations/global/workforcePools/music-library/providers/local";

/** The operator's subject token, made at first use. */
export function subjectToken(paths: LocalPaths): string {
  const file = subjectTokenFile(paths);
  if (!existsSync(file)) writeFileAtomically(file, randomBytes(32).toString("base64url"));
  return readFileSync(file, "utf8").trim();
}

/** Writes the credential file for GOOGLE_APPLICATION_CREDENTIALS and returns its path. */
export function writeCredentials(paths: LocalPaths, identityUrl: string): string {
  subjectToken(paths);
  const credentials = {
    type: "external_account",
    audience: operatorAudience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${identityUrl}/sts/v1/token`,
    credential_source: { file: subjectTokenFile(paths) },
  };
  const file = paths.at("operator", "credentials.json");
  writeFileAtomically(file, JSON.stringify(credentials, null, 2));
  return file;
}

export function isSubjectToken(paths: LocalPaths, token: string): boolean {
  const expected = Buffer.from(subjectToken(paths));
  const given = Buffer.from(token);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function subjectTokenFile(paths: LocalPaths): string {
  return paths.at("operator", "subject-token");
}
