// Errors as Google's JSON APIs answer them (google.rpc.Status).

const statuses = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  UNIMPLEMENTED: 501,
} as const;

export type GoogleStatus = keyof typeof statuses;

/** An answer that is not 2xx: `status` decides the code, `message` is in Google's words. */
export class GoogleError extends Error {
  override readonly name = "GoogleError";
  readonly status: GoogleStatus;
  readonly details: readonly object[];

  constructor(status: GoogleStatus, message: string, details: readonly object[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }

  get code(): number {
    return statuses[this.status];
  }

  get body(): object {
    const details = this.details.length > 0 ? { details: this.details } : {};
    return { error: { code: this.code, message: this.message, status: this.status, ...details } };
  }
}

/** 403 for a permission that is not held; whether the resource exists is not told. */
export function permissionDenied(permission: string, message: string): GoogleError {
  return new GoogleError("PERMISSION_DENIED", message, [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "IAM_PERMISSION_DENIED",
      domain: "iam.googleapis.com",
      metadata: { permission },
    },
  ]);
}

/** 401 for a request without a token, or with one that is unknown or has expired. */
export function unauthenticated(authorization: string | undefined): GoogleError {
  const expected =
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
  return new GoogleError(
    "UNAUTHENTICATED",
    authorization === undefined
      ? `Request is missing required authentication credential. ${expected}`
      : `Request had invalid authentication credentials. ${expected}`,
  );
}
