// SHOW POOLS on its way to Cloud Monitoring: when it is written, and what happens where it cannot be.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { customMetrics, type Measurement } from "../../service/monitoring/custom-metrics.ts";
import { publishPooler } from "../../service/monitoring/pooler-publisher.ts";

const pools = { clientsActive: 3, clientsWaiting: 1, serversActive: 3, serversIdle: 0, maxWaitSeconds: 2 };

/** A series that takes down what it is given; `answer` is what a write waits for. */
function recorder(answer: (signal?: AbortSignal) => Promise<void> = async () => undefined) {
  const written: (readonly Measurement[])[] = [];
  const write = async (measurements: readonly Measurement[], _at: Date, signal?: AbortSignal): Promise<void> => {
    written.push(measurements);
    await answer(signal);
  };
  return { written, series: { write } };
}

async function until(happened: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 3_000; !happened();) {
    if (Date.now() > deadline) throw new Error("did not happen in time");
    await sleep(2);
  }
}

const none = (error: unknown): void => {
  throw error instanceof Error ? error : new Error(String(error));
};

describe("the pooler's publisher", () => {
  it("writes the three figures again and again, and not once more after it was stopped", async () => {
    const { written, series } = recorder();
    const stop = publishPooler({ statistics: async () => pools, series, onError: none, intervalMs: 5 });
    await until(() => written.length >= 3);
    await stop();
    const count = written.length;
    await sleep(30);
    expect(written).toHaveLength(count);
    expect(written[0]).toEqual([
      { metric: customMetrics.poolerClientsActive, labels: {}, value: 3 },
      { metric: customMetrics.poolerClientsWaiting, labels: {}, value: 1 },
      { metric: customMetrics.poolerMaxWait, labels: {}, value: 2 },
    ]);
  });

  it("writes nothing while the pooler does not answer", async () => {
    let asked = 0;
    const { written, series } = recorder();
    const statistics = async () => {
      asked += 1;
      return asked < 4 ? undefined : pools;
    };
    const stop = publishPooler({ statistics, series, onError: none, intervalMs: 2 });
    await until(() => written.length > 0);
    await stop();
    expect(asked).toBeGreaterThanOrEqual(4);
  });

  it("tells what could not be written, and tries the next one", async () => {
    const errors: unknown[] = [];
    const refused = new Error("status 503");
    const { written, series } = recorder(() => Promise.reject(refused));
    const stop = publishPooler({
      ...{ statistics: async () => pools, series, intervalMs: 2 },
      onError: (error) => errors.push(error),
    });
    await until(() => errors.length >= 2);
    await stop();
    expect(new Set(errors)).toEqual(new Set([refused]));
    expect(written.length).toBeGreaterThanOrEqual(2);
  });

  it("waits for a slow answer before the next one, and ends it when it is stopped", async () => {
    const { written, series } = recorder(
      (signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted")))),
    );
    const stop = publishPooler({ statistics: async () => pools, series, onError: none, intervalMs: 2 });
    await until(() => written.length > 0);
    await sleep(20);
    expect(written).toHaveLength(1);
    await stop();
    expect(written).toHaveLength(1);
  });
});
