import { setTimeout as delay } from "node:timers/promises";
import { GoogleAuth } from "google-auth-library";
import { type Signer, SigningError } from "./signer.ts";

/** Google promises a signature of signBlob no longer: https://cloud.google.com/storage/docs/access-control/signed-urls */
const TWELVE_HOURS_SECONDS = 12 * 3600;

const LATER = { retryable: true, text: "Try again later." };
const RIGHTS = {
  retryable: false,
  text: "The account needs iam.serviceAccounts.signBlob on itself, and the project the API iamcredentials.googleapis.com.",
};

/** Whose signature it is, and where IAM answers. */
export interface IamSignerOptions {
  /** The service account that signs; the caller needs iam.serviceAccounts.signBlob on it. */
  clientEmail: string;
  /** Address of the IAM Service Account Credentials API; "" is Google's. */
  endpoint: string;
  /** Where access tokens come from; application default credentials unless given. */
  auth?: Pick<GoogleAuth, "request">;
  /** Time for all tries together, in milliseconds; 8,000 unless given. */
  deadlineMs?: number;
}

/** Signs by IAM signBlob, so that no key is held anywhere: on Cloud Run the instance's own account is the caller. */
export function iamSigner(options: IamSignerOptions): Signer {
  const { clientEmail } = options;
  const base = options.endpoint === "" ? "https://iamcredentials.googleapis.com" : options.endpoint;
  const url = `${base}/v1/projects/-/serviceAccounts/${clientEmail}:signBlob`;
  const auth = options.auth ?? new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const deadlineMs = options.deadlineMs ?? 8_000;

  const attempt = async (text: string, timeout: number): Promise<Buffer> => {
    const data = { payload: Buffer.from(text).toString("base64") };
    const response = await auth.request<{ signedBlob?: string }>({ url, method: "POST", data, timeout, retry: false });
    const signature = response.data.signedBlob;
    if (signature === undefined) throw new SigningError(clientEmail, "the answer holds no signature", RIGHTS);
    return Buffer.from(signature, "base64");
  };

  return {
    clientEmail,
    maxExpiresSeconds: TWELVE_HOURS_SECONDS,
    sign: async (text) => {
      const end = Date.now() + deadlineMs;
      for (let pauseMs = 100; ; pauseMs *= 2) {
        try {
          return await attempt(text, Math.max(1, end - Date.now()));
        } catch (cause) {
          const status = statusOf(cause);
          const retryable =
            !(cause instanceof SigningError) && (status === undefined || status === 429 || status >= 500);
          const jitteredMs = pauseMs * (0.5 + Math.random());
          if (!retryable || Date.now() + jitteredMs >= end) {
            throw cause instanceof SigningError
              ? cause
              : new SigningError(
                  clientEmail,
                  `signBlob failed (${statusText(status)})`,
                  retryable ? LATER : RIGHTS,
                  cause,
                );
          }
          await delay(jitteredMs);
        }
      }
    },
  };
}

function statusText(status: number | undefined): string {
  return status === undefined ? "no answer" : `status ${String(status)}`;
}

/** HTTP status of a failed call; undefined when there was no answer. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("status" in error && typeof error.status === "number") return error.status;
  if ("response" in error) return statusOf(error.response);
  return undefined;
}
