// What a running local stack measures of itself, and what is really there.
import { setTimeout as sleep } from "node:timers/promises";
import { GoogleAuth } from "google-auth-library";
import type { Contract } from "../../client/contract.ts";
import { runningDaemon } from "../../local/control.ts";
import { SeriesStore } from "../../local/monitoring/series-store.ts";
import type { LocalPaths } from "../../local/paths.ts";
import type { Execution } from "../../local/run/jobs.ts";

/** An access token of the operator, by the same exchange that Google's libraries make. */
export async function operatorToken(paths: LocalPaths): Promise<string> {
  const file = runningDaemon(paths)?.addresses.operatorCredentials ?? "";
  const auth = new GoogleAuth({ keyFile: file, scopes: "https://www.googleapis.com/auth/cloud-platform" });
  return (await auth.getAccessToken()) ?? "";
}

export class MeasuredStack {
  private readonly paths: LocalPaths;
  private readonly contract: Contract;
  private readonly headers: Record<string, string>;

  constructor(paths: LocalPaths, contract: Contract, token: string) {
    this.paths = paths;
    this.contract = contract;
    this.headers = { authorization: `Bearer ${token}` };
  }

  /** Has the schedule start the job now, as `gcloud scheduler jobs run` does, and waits for the execution's end. */
  async runJob(): Promise<Execution> {
    const { project, region, endpoints } = this.contract;
    const job = `projects/${project}/locations/${region}/jobs/loist-music-library-metrics`;
    const started = await fetch(`${endpoints.management}/v1/${job}:run`, { method: "POST", headers: this.headers });
    if (started.status !== 200) throw new Error(`the schedule was not run: ${await started.text()}`);
    return until("the execution ended", 60_000, async () => {
      const answer = await fetch(`${endpoints.management}/v2/${job}/executions`, { headers: this.headers });
      const [newest] = ((await answer.json()) as { executions: Execution[] }).executions;
      return newest?.completionTime === undefined ? undefined : newest;
    });
  }

  /** Every version in the bucket, asked of the bucket itself. */
  async bucketContent(): Promise<{ bytes: number; objects: number }> {
    const { endpoints, bucket } = this.contract;
    const url = `${endpoints.storage}/storage/v1/b/${bucket.name}/o?versions=true`;
    const { items = [] } = (await (await fetch(url, { headers: this.headers })).json()) as {
      items?: { size: string }[];
    };
    return { bytes: items.reduce((sum, { size }) => sum + Number(size), 0), objects: items.length };
  }

  /** The newest value of each series of a metric; `path` is what follows the library's own prefix. */
  values(path: string): number[] {
    return new SeriesStore(this.paths)
      .all()
      .filter(({ metric }) => metric.type === `custom.googleapis.com/music_library/${path}`)
      .map(({ points }) => points.at(-1)?.value ?? Number.NaN);
  }

  sum(path: string): number {
    return this.values(path).reduce((sum, value) => sum + value, 0);
  }

  /** The service writes once a minute. */
  async untilWritten(path: string): Promise<void> {
    await until(`${path} was written`, 90_000, () => (this.values(path).length > 0 ? true : undefined));
  }
}

async function until<T>(what: string, ms: number, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const deadline = Date.now() + ms; ;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await sleep(100);
  }
}
