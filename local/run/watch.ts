// Watching a running instance: crashed containers, liveness and readiness.
import { setTimeout as sleep } from "node:timers/promises";
import { probe } from "./probes.ts";
import type { ContainerSpec, ProbeSpec, ServiceSpec } from "./service-spec.ts";

interface WatchArgs {
  readonly spec: ServiceSpec;
  /** Where the container that takes the requests listens. */
  readonly port: number;
  readonly isAlive: (container: ContainerSpec) => boolean;
  readonly onReadiness: (ready: boolean) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

const crashIntervalMs = 250;
/** How often a container that is not ready yet is asked; Cloud Run waits a period, nobody here has to. */
const unreadyIntervalMs = 100;

/**
 * Resolves with why the instance has to be replaced: a container ended or failed its liveness probe. On Cloud Run either
 * ends the whole instance. Resolves with undefined when the watch was ended.
 */
export async function watchInstance(args: WatchArgs): Promise<string | undefined> {
  const ended = new AbortController();
  const signal = AbortSignal.any([args.signal, ended.signal]);
  const { spec, port } = args;
  const watches: Promise<string | undefined>[] = spec.containers.map((container) =>
    watchProcess(container, args.isAlive, signal),
  );
  const gates = spec.containers.filter(({ readinessProbe }) => readinessProbe !== undefined);
  const ready = new Set<string>();
  args.onReadiness(gates.length === 0);
  for (const container of spec.containers) {
    const { livenessProbe, readinessProbe, name } = container;
    if (livenessProbe !== undefined) watches.push(watchLiveness(name, livenessProbe, port, signal));
    if (readinessProbe !== undefined) {
      watches.push(
        watchReadiness(readinessProbe, port, signal, (isReady) => {
          if (isReady) ready.add(name);
          else ready.delete(name);
          args.onReadiness(ready.size === gates.length);
        }),
      );
    }
  }
  try {
    return await Promise.race(watches);
  } finally {
    ended.abort();
    await Promise.all(watches);
  }
}

async function watchProcess(
  container: ContainerSpec,
  isAlive: (container: ContainerSpec) => boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (await pause(crashIntervalMs, signal)) {
    if (!isAlive(container)) return `container "${container.name}" has ended`;
  }
  return undefined;
}

async function watchLiveness(
  name: string,
  spec: ProbeSpec,
  port: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  let failures = 0;
  if (!(await pause(spec.initialDelayMs, signal))) return undefined;
  while (await pause(spec.periodMs, signal)) {
    failures = (await probe(spec, port)) ? 0 : failures + 1;
    if (failures >= spec.failureThreshold) return `container "${name}" failed its liveness probe ${failures} times`;
  }
  return undefined;
}

async function watchReadiness(
  spec: ProbeSpec,
  port: number,
  signal: AbortSignal,
  onChange: (ready: boolean) => void,
): Promise<undefined> {
  let isReady = false;
  let inRow = 0;
  do {
    const passed = await probe(spec, port);
    inRow = passed === isReady ? 0 : inRow + 1;
    if (inRow >= (isReady ? spec.failureThreshold : spec.successThreshold)) {
      isReady = !isReady;
      inRow = 0;
      onChange(isReady);
    }
  } while (await pause(isReady ? spec.periodMs : Math.min(unreadyIntervalMs, spec.periodMs), signal));
}

/** Whether the time passed; false when the watch was ended. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
