// Time series that were written to the local cloud, one file each, bounded in points, age and number.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";

export interface TypedLabels {
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface Series {
  readonly metric: TypedLabels;
  readonly resource: TypedLabels;
  readonly valueType: string;
  /** Oldest first. */
  readonly points: readonly Point[];
}

/** A day of minutes, or two months of hours. */
const MOST_POINTS = 1_500;
const LONGEST_MS = 62 * 86_400_000;
/** Every process that publishes begins series of its own. */
const MOST_SERIES = 500;

export class SeriesStore {
  private readonly folder: string;
  private readonly series = new Map<string, Series>();

  constructor(paths: LocalPaths) {
    this.folder = paths.folder("cloud", "time-series");
    for (const file of readdirSync(this.folder).filter((name) => name.endsWith(".json"))) {
      this.series.set(
        file.slice(0, -".json".length),
        JSON.parse(readFileSync(join(this.folder, file), "utf8")) as Series,
      );
    }
  }

  find(metric: TypedLabels, resource: TypedLabels): Series | undefined {
    return this.series.get(keyOf(metric, resource));
  }

  all(): Series[] {
    return [...this.series.values()];
  }

  /** Adds a point, which is newer than all before it. */
  add({ metric, resource, valueType }: Omit<Series, "points">, point: Point): void {
    const key = keyOf(metric, resource);
    const before = this.series.get(key)?.points ?? [];
    const points = [...before, point].filter(({ at }) => at > point.at - LONGEST_MS).slice(-MOST_POINTS);
    const series = { metric, resource, valueType, points };
    this.series.set(key, series);
    writeFileAtomically(this.file(key), JSON.stringify(series));
    this.forgetOldest(point.at);
  }

  private forgetOldest(now: number): void {
    const byAge = [...this.series].map(([key, { points }]) => ({ key, last: points.at(-1)?.at ?? 0 }));
    byAge.sort((a, b) => b.last - a.last);
    for (const { key } of byAge.filter(({ last }, index) => index >= MOST_SERIES || last < now - LONGEST_MS)) {
      this.series.delete(key);
      rmSync(this.file(key), { force: true });
    }
  }

  private file(key: string): string {
    return join(this.folder, `${key}.json`);
  }
}

function keyOf(metric: TypedLabels, resource: TypedLabels): string {
  const sorted = ({ type, labels }: TypedLabels) => [type, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))];
  return createHash("sha256")
    .update(JSON.stringify([sorted(metric), sorted(resource)]))
    .digest("hex")
    .slice(0, 32);
}
