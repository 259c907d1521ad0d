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

  constructor(clientEmail: string, problem: string, nextStep: { retryable: boolean; text: string }, cause?: unknown) {
    super(`signing as "${clientEmail}": ${problem}; expected a signature. ${nextStep.text}`, { cause });
    this.name = "SigningError";
    this.retryable = nextStep.retryable;
  }
}
