export function withLock<Result>(
  folder: string,
  work: () => Promise<Result>,
  onWait?: (pid: number) => void,
): Promise<Result>;
