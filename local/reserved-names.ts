// Names that Google does not give back when what bore them is deleted: who creates it again is refused until the time is over.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import type { LocalPaths } from "./paths.ts";
import { writeFileAtomically } from "./store.ts";

const dayMs = 86_400_000;

interface Held {
  /** Days in which the provider brings back what was deleted when it is created again; 0 for never. */
  readonly undeletedDays: number;
  /** Days that the name stays taken in all. */
  readonly days: number;
}

const forDays = (days: number): Held => ({ undeletedDays: 0, days });

const held: Readonly<Record<string, Held>> = {
  // cloud.google.com/sql/docs/postgres/delete-instance
  "gcp:sql/databaseInstance:DatabaseInstance": forDays(7),
  // cloud.google.com/iam/docs/manage-workload-identity-pools-providers
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": forDays(30),
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": forDays(30),
  // cloud.google.com/iam/docs/creating-custom-roles
  "gcp:projects/iAMCustomRole:IAMCustomRole": { undeletedDays: 7, days: 37 },
  // cloud.google.com/kms/docs/object-hierarchy: neither is ever deleted, only versions of a key are
  "gcp:kms/keyRing:KeyRing": forDays(Number.POSITIVE_INFINITY),
  "gcp:kms/cryptoKey:CryptoKey": forDays(Number.POSITIVE_INFINITY),
};

/** When what bore a name was deleted, milliseconds since 1970, by type and id. */
const file = z.record(z.string(), z.number());

export class ReservedNames {
  private readonly path: string;
  private readonly now: () => number;

  constructor(paths: LocalPaths, now: () => number = Date.now) {
    this.path = paths.at("cloud", "reserved-names.json");
    this.now = now;
  }

  /** Remembers that something was deleted; nothing where Google gives the name back at once. */
  deleted(type: string, id: string): void {
    if (held[type] === undefined) return;
    writeFileAtomically(this.path, JSON.stringify({ ...this.read(), [key(type, id)]: this.now() }, null, 2));
  }

  /** Raises Google's refusal while the name is taken. */
  refuseReserved(type: string, id: string): void {
    const { undeletedDays = 0, days = 0 } = held[type] ?? {};
    const since = this.read()[key(type, id)];
    const age = since === undefined ? undefined : (this.now() - since) / dayMs;
    if (since === undefined || age === undefined || age < undeletedDays || age >= days) return;
    const until = days === Number.POSITIVE_INFINITY ? "for ever" : `until ${dayOf(since + days * dayMs)}`;
    throw new Error(
      `googleapi: Error 409: ${type} "${id}": the name belonged to one that was deleted and stays reserved (${until}); expected a name that is free. Set nameSuffix.`,
    );
  }

  /** As when the whole project is deleted. */
  forgetAll(): void {
    rmSync(this.path, { force: true });
  }

  private read(): Record<string, number> {
    return existsSync(this.path) ? file.parse(JSON.parse(readFileSync(this.path, "utf8"))) : {};
  }
}

function key(type: string, id: string): string {
  return `${type} ${id}`;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
