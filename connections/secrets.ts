import { credentialsFor } from "./credentials.ts";

const GOOGLE = "https://secretmanager.googleapis.com";
const TIMEOUT_MS = 15_000;

const held = new Map<string, string>();

/** A secret that this process alone holds, for a descriptor to name; it is gone with the process. Returns its name. */
export function holdSecret(value: string): string {
  const name = `projects/-/secrets/held-${String(held.size)}`;
  held.set(name, value);
  return name;
}

/** A secret could not be read; `status` is the HTTP status, 0 when there was no answer. */
export class SecretAccessError extends Error {
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "SecretAccessError";
    this.status = status;
  }
}

/**
 * Reads the latest version of a secret as text. `name` is `projects/P/secrets/S`; `endpoint` is Secret Manager's address on
 * this machine or "" for Google's. Logs in by Application Default Credentials. Answers that pass (429, 5xx, none) are tried
 * again. Throws SecretAccessError, never with the secret's content.
 */
export async function accessSecret(name: string, endpoint: string): Promise<string> {
  const own = held.get(name);
  if (own !== undefined) return own;
  let data: unknown;
  try {
    const response = await credentialsFor(projectOf(name)).request<{ payload?: { data?: unknown } }>({
      url: `${endpoint === "" ? GOOGLE : endpoint}/v1/${name}/versions/latest:access`,
      timeout: TIMEOUT_MS,
      retryConfig: {
        retry: 4,
        noResponseRetries: 4,
        httpMethodsToRetry: ["GET"],
        statusCodesToRetry: [
          [429, 429],
          [500, 599],
        ],
        retryDelay: 200,
      },
    });
    data = response.data.payload?.data;
  } catch (error) {
    throw explain(name, error);
  }
  if (typeof data !== "string") {
    throw new SecretAccessError(`secret "${name}": the answer holds no payload; expected text. Add a version.`, 200);
  }
  return Buffer.from(data, "base64").toString("utf8");
}

function projectOf(name: string): string {
  return name.split("/")[1] ?? "";
}

function explain(name: string, error: unknown): SecretAccessError {
  const status = statusOf(error);
  const reason = error instanceof Error ? error.message.split("\n", 1).join("") : String(error);
  return new SecretAccessError(
    `secret "${name}": cannot be read (${status === 0 ? reason : `HTTP ${String(status)}`}); ` +
      `expected a readable latest version. ${nextStep(status)}`,
    status,
    // Neither request nor response: they carry tokens.
    { cause: new Error(reason) },
  );
}

function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("status" in error)) return 0;
  return typeof error.status === "number" ? error.status : 0;
}

function nextStep(status: number): string {
  switch (status) {
    case 401:
      return "Log in: gcloud auth application-default login.";
    case 403:
      return "Grant roles/secretmanager.secretAccessor on it to the account that runs this.";
    case 404:
      return "Create it, or add a version.";
    default:
      return "Look whether Secret Manager can be reached from here and whether credentials are set.";
  }
}
