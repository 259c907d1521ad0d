// Whose credentials a command would use on Google Cloud, and whether Google takes them. Prints no token and keeps none.
import { existsSync } from "node:fs";
import { GoogleAuth } from "google-auth-library";
import { type Finding, firstLine } from "./finding.ts";

type Found = Omit<Finding, "area">;

const login = "gcloud auth application-default login";

export async function credentialFindings(project: string, env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  const found = [...variables(env), ...(await identity(project, env))];
  return found.map((finding) => ({ area: "credentials", ...finding }));
}

/** What leads commands astray without a word. */
function variables(env: NodeJS.ProcessEnv): Found[] {
  const found: Found[] = [];
  if (env["PULUMI_DEBUG_PROVIDERS"] !== undefined) {
    const what = "PULUMI_DEBUG_PROVIDERS is set: another provider than Google's would answer";
    found.push({ severity: "error", code: "debug-providers-set", what, fix: "unset PULUMI_DEBUG_PROVIDERS" });
  }
  const instead = ["GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN"].filter((name) => env[name] !== undefined);
  for (const name of instead) {
    const what = `${name} is set: the provider would use it, everything else would not`;
    found.push({ severity: "error", code: "two-identities", what, fix: `unset ${name}, and log in by ${login}` });
  }
  return found;
}

async function identity(project: string, env: NodeJS.ProcessEnv): Promise<Found[]> {
  const file = env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (file !== undefined && !existsSync(file)) {
    const what = `GOOGLE_APPLICATION_CREDENTIALS names a file that is not there (${file})`;
    return [{ severity: "error", code: "credentials-missing", what, fix: `unset it, and log in by ${login}` }];
  }
  try {
    const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform", projectId: project });
    const token = await auth.getAccessToken();
    if (typeof token === "string" && token !== "") return [];
    return [{ severity: "error", code: "credentials-refused", what: "Google gave no token", fix: login }];
  } catch (error) {
    const what = `Google gives no token (${firstLine(error)})`;
    return [{ severity: "error", code: "credentials-refused", what, fix: login }];
  }
}
