// Probes: whether a container answers.
import { get } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeSpec } from "./service-spec.ts";

/** How often a container that starts is asked: Cloud Run waits a whole period; nobody here has to. */
const startingIntervalMs = 50;

/** One attempt. `port` is where the container listens when the probe names no other one. */
export async function probe(spec: ProbeSpec, port: number): Promise<boolean> {
  const address = { host: "127.0.0.1", port: spec.port ?? port };
  return spec.kind === "tcp" ? await connects(address, spec.timeoutMs) : await answers(address, spec);
}

/** In words for errors, e.g. `HTTP GET 127.0.0.1:8080/ready`. */
export function describeProbe(spec: ProbeSpec, port: number): string {
  const address = `127.0.0.1:${spec.port ?? port}`;
  return spec.kind === "tcp" ? `TCP ${address}` : `HTTP GET ${address}${spec.path}`;
}

/** How long a container may take to start. */
export function startupDeadlineMs({ initialDelayMs, periodMs, failureThreshold }: ProbeSpec): number {
  return initialDelayMs + periodMs * failureThreshold;
}

/**
 * Asks until the probe passes. Resolves with why it never did: `deadline`, or `gone` as soon as `isAlive` says that the
 * process has ended.
 */
export async function awaitStartup(
  spec: ProbeSpec,
  { port, isAlive, signal }: { port: number; isAlive: () => boolean; signal: AbortSignal },
): Promise<"passed" | "deadline" | "gone"> {
  const deadline = Date.now() + startupDeadlineMs(spec);
  await sleep(spec.initialDelayMs, undefined, { signal });
  for (;;) {
    if (!isAlive()) return "gone";
    // One attempt never outlasts the deadline, however long its own time-out is.
    const timeoutMs = Math.max(1, Math.min(spec.timeoutMs, deadline - Date.now()));
    if (await probe({ ...spec, timeoutMs: Math.min(timeoutMs, 10_000) }, port)) return isAlive() ? "passed" : "gone";
    if (Date.now() >= deadline) return "deadline";
    await sleep(startingIntervalMs, undefined, { signal });
  }
}

function connects({ host, port }: { host: string; port: number }, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (passed: boolean): void => {
      socket.destroy();
      resolve(passed);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** Cloud Run takes 200 to 399 for an answer. */
function answers({ host, port }: { host: string; port: number }, spec: ProbeSpec): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      {
        host,
        port,
        path: spec.path,
        headers: { "user-agent": "GoogleHC/1.0", ...spec.headers },
        agent: false,
        signal: AbortSignal.timeout(spec.timeoutMs),
      },
      (response) => {
        const status = response.statusCode ?? 500;
        response.resume();
        resolve(status >= 200 && status < 400);
      },
    );
    request.once("error", () => resolve(false));
  });
}
