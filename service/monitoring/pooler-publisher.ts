import { customMetrics, type Measurement } from "./custom-metrics.ts";
import type { TimeSeries } from "./time-series.ts";
import type { PoolerStatistics } from "../pooler-statistics.ts";

/** Google takes a value of a series every five seconds at the most; alerts look at minutes. */
const INTERVAL_MS = 60_000;

export interface PoolerPublisherOptions {
  /** Figures of SHOW POOLS; undefined where the pooler does not answer, and then nothing is written. */
  readonly statistics: () => Promise<PoolerStatistics | undefined>;
  readonly series: Pick<TimeSeries, "write">;
  /** A value that could not be written; the next one is tried all the same. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two values; a minute unless given. */
  readonly intervalMs?: number;
}

/**
 * Writes SHOW POOLS of the pooler beside this process to Cloud Monitoring, once a minute, the first time a minute after the
 * start. By one call of the API and not by Google's sidecar for Prometheus, which would be a third container in every instance,
 * with memory and CPU of its own, for the same three values. Stops with the function that it returns, which ends a call under
 * way: a service that is told to stop has seconds.
 */
export function publishPooler({ statistics, series, onError, intervalMs = INTERVAL_MS }: PoolerPublisherOptions) {
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  const publish = async (): Promise<void> => {
    try {
      const pools = await statistics();
      if (pools !== undefined) await series.write(poolerMeasurements(pools), new Date(), stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted) onError(error);
    }
  };
  const timer = setInterval(() => {
    // A slow answer is not overtaken.
    running ??= publish().finally(() => (running = undefined));
  }, intervalMs);
  timer.unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    stopped.abort();
    await running;
  };
}

export function poolerMeasurements(pools: PoolerStatistics): Measurement[] {
  const labels = {};
  return [
    { metric: customMetrics.poolerClientsActive, labels, value: pools.clientsActive },
    { metric: customMetrics.poolerClientsWaiting, labels, value: pools.clientsWaiting },
    { metric: customMetrics.poolerMaxWait, labels, value: pools.maxWaitSeconds },
  ];
}
