import { createPrivateKey, sign } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { GoogleAuth } from "google-auth-library";

/** Signs text as one service account. */
export interface Signer {
  readonly clientEmail: string;
  /** How long a URL that it signs may live: Google promises a signature of signBlob no longer than 12 hours. */
  readonly maxExpiresSeconds: number;
  /** RSA-SHA256 over the text's UTF-8 bytes. Throws SigningError. */
  sign(text: string): Promise<Buffer>;
}

/** The account could not sign; `retryable` says whether the same call may succeed later. */
export class SigningError extends Error {
  readonly retryable: boolean;

  constructor(clientEmail: string, problem: string, retryable: boolean, options?: ErrorOptions) {
    const nextStep = retryable
      ? "Try again later."
      : "The account needs iam.serviceAccounts.signBlob on itself, and the project the API iamcredentials.googleapis.com.";
    super(`signing as "${clientEmail}": ${problem}; expected a signature. ${nextStep}`, options);
    this.name = "SigningError";
    this.retryable = retryable;
  }
}

const SEVEN_DAYS_SECONDS = 7 * 24 * 3600;
const TWELVE_HOURS_SECONDS = 12 * 3600;
const signOnThreadPool = promisify(sign);

/** Signs with a private key (PEM), parsed once; the RSA work happens on the thread pool. */
export function keySigner(clientEmail: string, privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  return {
    clientEmail,
    maxExpiresSeconds: SEVEN_DAYS_SECONDS,
    sign: (text) => signOnThreadPool("RSA-SHA256", Buffer.from(text), key),
  };
}

export interface IamSignerOptions {
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
    if (signature === undefined) throw new SigningError(clientEmail, "the answer holds no signature", false);
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
              : new SigningError(clientEmail, `signBlob failed (${statusText(status)})`, retryable, { cause });
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
