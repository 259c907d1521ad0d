// Secret payloads on disk: one file a version, readable by their owner only. Versions are counted on and never reused.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LocalPaths } from "../paths.ts";
import { writeFileAtomically } from "../store.ts";

export type VersionState = "ENABLED" | "DISABLED" | "DESTROYED";

export interface SecretVersion {
  readonly number: number;
  readonly state: VersionState;
  readonly createTime: string;
  /** "" until it is destroyed. */
  readonly destroyTime: string;
  /** When a version that was destroyed with a delay will be; "" otherwise. */
  readonly scheduledDestroyTime: string;
  /** Base64; "" once destroyed. */
  readonly data: string;
  /** Tells declared versions apart without their payload; "" for versions added through the API. */
  readonly identity: string;
}

/** All versions of all secrets. A secret is `projects/P/secrets/S`. */
export class Vault {
  private readonly paths: LocalPaths;
  private readonly clock: () => number;

  constructor(paths: LocalPaths, clock: () => number) {
    this.paths = paths;
    this.clock = clock;
  }

  /** Every version, oldest first; those whose delayed destruction is due are destroyed by looking. */
  versions(secret: string): SecretVersion[] {
    return this.numbers(secret)
      .map((number) => this.load(secret, number))
      .map((version) => (this.isDue(version) ? this.erase(secret, version) : version));
  }

  version(secret: string, number: number): SecretVersion | undefined {
    return this.versions(secret).find((version) => version.number === number);
  }

  latest(secret: string): SecretVersion | undefined {
    return this.versions(secret).at(-1);
  }

  add(secret: string, payload: Buffer, identity = ""): SecretVersion {
    const number = (this.numbers(secret).at(-1) ?? 0) + 1;
    return this.save(secret, {
      number,
      state: "ENABLED",
      createTime: this.now(),
      destroyTime: "",
      scheduledDestroyTime: "",
      data: payload.toString("base64"),
      identity,
    });
  }

  setEnabled(secret: string, number: number, enabled: boolean): SecretVersion {
    const version = this.load(secret, number);
    const scheduledDestroyTime = enabled ? "" : version.scheduledDestroyTime;
    return this.save(secret, { ...version, state: enabled ? "ENABLED" : "DISABLED", scheduledDestroyTime });
  }

  /** Destroys a version: at once, or disabled now and destroyed `delayMs` later. */
  destroy(secret: string, number: number, delayMs = 0): SecretVersion {
    const version = this.load(secret, number);
    if (version.state === "DESTROYED") return version;
    if (delayMs === 0) return this.erase(secret, version);
    const scheduledDestroyTime = new Date(this.clock() + delayMs).toISOString();
    return this.save(secret, { ...version, state: "DISABLED", scheduledDestroyTime });
  }

  /** Forgets a secret with all its versions. */
  remove(secret: string): void {
    rmSync(this.folder(secret), { recursive: true, force: true });
  }

  private erase(secret: string, version: SecretVersion): SecretVersion {
    return this.save(secret, {
      ...version,
      state: "DESTROYED",
      destroyTime: this.now(),
      scheduledDestroyTime: "",
      data: "",
    });
  }

  private isDue(version: SecretVersion): boolean {
    return version.scheduledDestroyTime !== "" && Date.parse(version.scheduledDestroyTime) <= this.clock();
  }

  private numbers(secret: string): number[] {
    const folder = this.folder(secret);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name) => Number(name.slice(0, -".json".length)))
      .sort((a, b) => a - b);
  }

  private load(secret: string, number: number): SecretVersion {
    return JSON.parse(readFileSync(this.file(secret, number), "utf8")) as SecretVersion;
  }

  private save(secret: string, version: SecretVersion): SecretVersion {
    writeFileAtomically(this.file(secret, version.number), JSON.stringify(version));
    return version;
  }

  private file(secret: string, number: number): string {
    return this.paths.at("cloud", "secrets", ...folders(secret), `${number}.json`);
  }

  private folder(secret: string): string {
    return join(this.paths.folder("cloud", "secrets"), ...folders(secret));
  }

  private now(): string {
    return new Date(this.clock()).toISOString();
  }
}

/** One folder a project and one a secret: ids are as long as file names may be. */
function folders(secret: string): string[] {
  return secret
    .split("/")
    .filter((_, index) => index % 2 === 1)
    .map((part) => encodeURIComponent(part));
}
