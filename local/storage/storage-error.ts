// Failures as Google words them: one error, two faces. The JSON API answers with a JSON body, the XML API with an XML one.
import XMLBuilder from "fast-xml-builder";

const xmlBuilder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });

interface Failure {
  readonly status: number;
  /** `error.errors[0].reason` of the JSON API, e.g. `notFound`. */
  readonly reason: string;
  /** `<Code>` of the XML API, e.g. `NoSuchKey`. */
  readonly code: string;
  readonly message: string;
  /** `<Details>` of the XML API; the JSON API shows it in place of the message. */
  readonly details?: string;
  /** Further elements of the XML body. */
  readonly elements?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers with plain text, as the upload servers do for a wrong offset. */
  readonly plain?: boolean;
}

export class StorageError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.details ?? failure.message);
    this.failure = failure;
  }

  get status(): number {
    return this.failure.status;
  }

  json(): string {
    const message = this.message;
    const location =
      this.status === 401
        ? { locationType: "header", location: "Authorization" }
        : this.status === 412
          ? { locationType: "header", location: "If-Match" }
          : {};
    const errors = [{ message, domain: "global", reason: this.failure.reason, ...location }];
    return JSON.stringify({ error: { code: this.status, message, errors } });
  }

  xml(): string {
    const { code, message, details, elements } = this.failure;
    return xmlDocument({
      Error: { Code: code, Message: message, ...(details === undefined ? {} : { Details: details }), ...elements },
    });
  }
}

/** An XML document with Google's prologue; arrays become repeated elements. */
export function xmlDocument(content: object): string {
  return `<?xml version='1.0' encoding='UTF-8'?>${xmlBuilder.build(content)}`;
}

export function noSuchBucket(): StorageError {
  const message = "The specified bucket does not exist.";
  return new StorageError({ status: 404, reason: "notFound", code: "NoSuchBucket", message });
}

export function noSuchObject(bucket: string, name: string): StorageError {
  return new StorageError({
    status: 404,
    reason: "notFound",
    code: "NoSuchKey",
    message: "The specified key does not exist.",
    details: `No such object: ${bucket}/${name}`,
  });
}

export function noSuchUpload(): StorageError {
  const message = "The requested upload was not found.";
  return new StorageError({ status: 404, reason: "notFound", code: "NoSuchUpload", message });
}

/** 401 where the JSON API wants credentials, 403 where the XML API denies the anonymous caller. */
export function accessDenied(details: string, anonymous: "401" | "403" | undefined): StorageError {
  return new StorageError({
    status: anonymous === "401" ? 401 : 403,
    reason: anonymous === "401" ? "required" : "forbidden",
    code: "AccessDenied",
    message: "Access denied.",
    details,
    ...(anonymous === "401" ? { headers: { "www-authenticate": 'Bearer realm="https://accounts.google.com/"' } } : {}),
  });
}

export function invalidCredentials(): StorageError {
  return new StorageError({
    status: 401,
    reason: "authError",
    code: "AuthenticationRequired",
    message: "Authentication required.",
    details: "Invalid Credentials",
    headers: { "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
  });
}

export function preconditionFailed(condition: string): StorageError {
  return new StorageError({
    status: 412,
    reason: "conditionNotMet",
    code: "PreconditionFailed",
    message: "At least one of the pre-conditions you specified did not hold.",
    elements: { Details: condition },
  });
}

/** 304: the caller's copy is still good. Has no body. */
export function notModified(headers: Readonly<Record<string, string>> = {}): StorageError {
  return new StorageError({
    status: 304,
    reason: "notModified",
    code: "NotModified",
    message: "Not Modified",
    headers,
  });
}

export function invalid(details: string, code = "InvalidArgument", message = "Invalid argument."): StorageError {
  return new StorageError({ status: 400, reason: "invalid", code, message, details });
}

export function conflict(details: string, code: string): StorageError {
  return new StorageError({ status: 409, reason: "conflict", code, message: details });
}

/** What Google has and the local cloud has not: named, never pretended. */
export function notImplemented(what: string): StorageError {
  return new StorageError({
    status: 501,
    reason: "notImplemented",
    code: "NotImplemented",
    message: "A header or query you provided requested a function that is not implemented.",
    details: `${what} is not in the local cloud's Cloud Storage.`,
  });
}
