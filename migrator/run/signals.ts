/**
 * Runs `work` with a signal that fires at the process's first SIGINT or SIGTERM: the engine then stops after the statement
 * under way. A second one ends the process as ever.
 */
export async function withSignals<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const stop = (): void => {
    release();
    controller.abort();
  };
  const release = (): void => {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
