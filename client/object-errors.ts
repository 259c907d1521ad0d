/** There is no such object, or no such generation of it. */
export class ObjectNotFoundError extends Error {
  constructor(name: string, options?: ErrorOptions) {
    super(
      `object "${name}": does not exist; expected an uploaded object. Upload it first, or list its folder.`,
      options,
    );
    this.name = "ObjectNotFoundError";
  }
}

/** Another writer was first: the object is not in the generation that the call was made for. */
export class ObjectConflictError extends Error {
  constructor(name: string, options?: ErrorOptions) {
    super(
      `object "${name}": has changed meanwhile; expected the generation that was read. Read it again and decide anew.`,
      options,
    );
    this.name = "ObjectConflictError";
  }
}

/** The caller's account may not do this. */
export class ObjectAccessError extends Error {
  constructor(name: string, options?: ErrorOptions) {
    super(
      `object "${name}": access is denied; expected roles/storage.objectUser on the bucket. Compare the account's roles with the stack.`,
      options,
    );
    this.name = "ObjectAccessError";
  }
}

/** Cloud Storage did not answer, or refused for now, after all retries. */
export class ObjectStoreUnavailableError extends Error {
  readonly retryable = true;

  constructor(name: string, status: string, options?: ErrorOptions) {
    super(
      `object "${name}": Cloud Storage is not available (${status}); expected an answer. Try again later.`,
      options,
    );
    this.name = "ObjectStoreUnavailableError";
  }
}

/** Cloud Storage's answer to a failed call as one of the errors above; anything unknown stays what it is. */
export function objectError(name: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === 404) return new ObjectNotFoundError(name, { cause });
  if (code === 412) return new ObjectConflictError(name, { cause });
  if (code === 401 || code === 403) return new ObjectAccessError(name, { cause });
  if (code === 429 || (typeof code === "number" && code >= 500)) {
    return new ObjectStoreUnavailableError(name, `status ${String(code)}`, { cause });
  }
  // Codes of the operating system: the connection was refused, reset or timed out, or a name did not resolve.
  if (typeof code === "string" && /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code)) {
    return new ObjectStoreUnavailableError(name, code, { cause });
  }
  return cause;
}

/** The library hands the HTTP status or the system's code over as `code`, once as a number and once as digits. */
function codeOf(error: unknown): number | string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  const { code } = error;
  if (typeof code === "number") return code;
  if (typeof code !== "string") return undefined;
  return /^\d+$/.test(code) ? Number(code) : code;
}
