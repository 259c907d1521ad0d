/** Whatever was thrown, as an Error; errors of other realms (workers, test runners) count as such. */
export function asError(thrown: unknown): Error {
  return isErrorLike(thrown) ? thrown : new Error(String(thrown));
}

function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === "object" && thrown !== null && "message" in thrown && typeof thrown.message === "string";
}

/** Code of a system error or a PostgreSQL error; "" when it has none. */
export function codeOf(thrown: unknown): string {
  const error = asError(thrown);
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
