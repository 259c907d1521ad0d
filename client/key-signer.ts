import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { type Signer, SigningError } from "./signer.ts";

/** The longest life of a V4 signature: https://cloud.google.com/storage/quotas#signed_urls */
const SEVEN_DAYS_SECONDS = 7 * 24 * 3600;

/**
 * Signatures that wait in the thread pool at the same time: enough that no thread waits for the next one, and few enough that
 * files and names, which use the same threads, wait a few milliseconds at the most.
 */
const MAX_IN_POOL = 16;

/** Signs with a private key (PEM), parsed once; the RSA work happens on the thread pool. Throws SigningError for a wrong key. */
export function keySigner(clientEmail: string, privateKeyPem: string): Signer {
  const key = parsedKey(clientEmail, privateKeyPem);
  const waiting: Waiting[] = [];
  let running = 0;
  const start = ({ text, resolve, reject }: Waiting) => {
    running += 1;
    sign("RSA-SHA256", Buffer.from(text), key, (error, signature) => {
      running -= 1;
      const next = waiting.shift();
      if (next !== undefined) start(next);
      if (error === null) resolve(signature);
      else reject(new SigningError(clientEmail, "the key did not sign", OTHER_KEY, error));
    });
  };
  return {
    clientEmail,
    maxExpiresSeconds: SEVEN_DAYS_SECONDS,
    sign: (text) =>
      new Promise((resolve, reject) => {
        const one = { text, resolve, reject };
        if (running < MAX_IN_POOL) start(one);
        else waiting.push(one);
      }),
  };
}

interface Waiting {
  text: string;
  resolve: (signature: Buffer) => void;
  reject: (error: Error) => void;
}

const OTHER_KEY = { retryable: false, text: "Hand over the account's own key, in PEM." };

function parsedKey(clientEmail: string, privateKeyPem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKeyPem);
  } catch {
    // Its cause is left out: it may quote the text.
    throw new SigningError(clientEmail, "the private key cannot be read", OTHER_KEY);
  }
  if (key.asymmetricKeyType === "rsa") return key;
  const type = key.asymmetricKeyType ?? "none";
  throw new SigningError(clientEmail, `the private key is of another type (${type}, not rsa)`, OTHER_KEY);
}
