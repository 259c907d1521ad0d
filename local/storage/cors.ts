// Cross-origin answers as the bucket declares them: https://cloud.google.com/storage/docs/cross-origin
import type { CorsRule } from "./bucket-configuration.ts";

type CorsHeaders = Record<string, string>;

/** Headers of a preflight's answer; none when no rule fits, which is how Google says no (the status is 200 all the same). */
export function preflightHeaders(
  rules: readonly CorsRule[],
  asked: { origin: string | undefined; method: string | undefined; headers: string | undefined },
): CorsHeaders {
  const wanted = (asked.headers ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const rule = rules.find((candidate) => {
    const listed = (candidate.responseHeader ?? []).map((name) => name.toLowerCase());
    const headersFit = listed.includes("*") || wanted.every((name) => listed.includes(name));
    return fits(candidate, asked.origin, asked.method) && headersFit;
  });
  if (rule === undefined || asked.origin === undefined) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": allowedOrigin(rule, asked.origin),
    "access-control-allow-methods": (rule.method ?? []).join(","),
    ...(wanted.length > 0 ? { "access-control-allow-headers": allowedHeaders(rule, wanted) } : {}),
    "access-control-max-age": String(rule.maxAgeSeconds ?? 3600),
  };
}

/** Headers of an actual answer to a page of another origin. */
export function responseHeaders(rules: readonly CorsRule[], origin: string | undefined, method: string): CorsHeaders {
  if (origin === undefined) return {};
  const rule = rules.find((candidate) => fits(candidate, origin, method));
  if (rule === undefined) return { vary: "Origin" };
  const exposed = (rule.responseHeader ?? []).join(", ");
  return {
    vary: "Origin",
    "access-control-allow-origin": allowedOrigin(rule, origin),
    ...(exposed === "" ? {} : { "access-control-expose-headers": exposed }),
  };
}

/** The JSON API answers any origin, whatever the bucket declares. */
export function jsonApiHeaders(
  origin: string | undefined,
  asked?: { method: string | undefined; headers: string | undefined },
): CorsHeaders {
  if (origin === undefined) return {};
  const preflight = {
    "access-control-allow-methods": "DELETE,GET,HEAD,PATCH,POST,PUT",
    ...(asked?.headers === undefined ? {} : { "access-control-allow-headers": asked.headers }),
    "access-control-max-age": "3600",
  };
  const exposed = "Content-Type,Content-Length,Content-Range,Location,Range,X-Goog-Hash,X-Goog-Generation";
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    ...(asked === undefined ? { "access-control-expose-headers": exposed } : preflight),
  };
}

function fits(rule: CorsRule, origin: string | undefined, method: string | undefined): boolean {
  const origins = rule.origin ?? [];
  const methods = rule.method ?? [];
  const originFits = origin !== undefined && (origins.includes("*") || origins.includes(origin));
  return originFits && method !== undefined && (methods.includes("*") || methods.includes(method));
}

function allowedOrigin(rule: CorsRule, origin: string): string {
  return rule.origin?.includes("*") === true ? "*" : origin;
}

function allowedHeaders(rule: CorsRule, wanted: readonly string[]): string {
  const listed = rule.responseHeader ?? [];
  return (listed.includes("*") ? wanted : listed).join(",");
}
