// Uploads that are not finished yet: resumable sessions (bytes in order, one file) and XML multipart uploads (numbered parts).
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../store.ts";
import { append, receive, type Content, type ExpectedDigests, type LengthRange } from "./content.ts";
import type { ObjectAttributes } from "./object-record.ts";
import type { Preconditions } from "./preconditions.ts";
import { noSuchUpload } from "./storage-error.ts";

export interface UploadSession {
  readonly id: string;
  readonly kind: "resumable" | "multipart";
  readonly name: string;
  readonly attributes: ObjectAttributes;
  readonly preconditions: Preconditions;
  /** In whose name it will be stored; undefined is anonymous. */
  readonly principal: string | undefined;
  /** Milliseconds since 1970. */
  readonly timeCreated: number;
  readonly expected: ExpectedDigests;
  readonly range?: LengthRange;
  /** Total bytes, when the client said so at the start. */
  readonly declaredSize?: number;
  /** Which API began it; its answers are in that API's form. */
  readonly api: "json" | "xml";
}

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly md5: string;
  /** Milliseconds since 1970. */
  readonly updated: number;
}

/** A resumable session lives for a week: https://cloud.google.com/storage/docs/resumable-uploads */
const sessionLifeMs = 7 * 86_400_000;

export class Uploads {
  private readonly folder: string;
  private readonly clock: () => number;
  private readonly sessions = new Map<string, UploadSession>();

  constructor(folder: string, clock: () => number) {
    this.folder = folder;
    this.clock = clock;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const id of readdirSync(folder)) {
      const file = join(folder, id, "session.json");
      if (existsSync(file)) this.sessions.set(id, JSON.parse(readFileSync(file, "utf8")) as UploadSession);
      else rmSync(join(folder, id), { recursive: true, force: true });
    }
  }

  begin(given: Omit<UploadSession, "id" | "timeCreated">): UploadSession {
    const session: UploadSession = { ...given, id: randomUUID(), timeCreated: this.clock() };
    mkdirSync(join(this.folder, session.id), { mode: 0o700 });
    writeFileAtomically(join(this.folder, session.id, "session.json"), JSON.stringify(session));
    this.sessions.set(session.id, session);
    return session;
  }

  /** 404 when there is none of this kind under this id. */
  get(id: string, kind: UploadSession["kind"]): UploadSession {
    const session = this.sessions.get(id);
    if (session?.kind !== kind) throw noSuchUpload();
    return session;
  }

  list(kind: UploadSession["kind"]): UploadSession[] {
    return [...this.sessions.values()].filter((session) => session.kind === kind);
  }

  /** Ends the session, finished or cancelled; its bytes are gone. */
  remove(id: string): void {
    this.sessions.delete(id);
    rmSync(join(this.folder, id), { recursive: true, force: true });
  }

  removeExpired(): void {
    for (const { id, timeCreated } of this.list("resumable")) {
      if (this.clock() >= timeCreated + sessionLifeMs) this.remove(id);
    }
  }

  /** The bytes of a resumable session so far. */
  dataPath(id: string): string {
    return join(this.folder, id, "data");
  }

  received(id: string): number {
    return existsSync(this.dataPath(id)) ? statSync(this.dataPath(id)).size : 0;
  }

  /** Appends to a resumable session; what arrived before a broken connection stays. */
  async append(id: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    await append(source, this.dataPath(id));
  }

  truncate(id: string, size: number): void {
    if (this.received(id) > size) truncateSync(this.dataPath(id), size);
  }

  /** Stores a part of a multipart upload; one of the same number is replaced. */
  async putPart(
    id: string,
    number: number,
    source: AsyncIterable<Uint8Array>,
    check: (content: Content) => void,
  ): Promise<Part> {
    const content = await receive(source, join(this.folder, id, `${number}.${randomUUID()}.arriving`));
    check(content);
    const md5 = Buffer.from(content.md5Hash, "base64").toString("hex");
    const part = { number, size: content.size, md5, updated: this.clock() };
    renameSync(content.path, this.partPath(id, number));
    writeFileAtomically(join(this.folder, id, `part-${number}.json`), JSON.stringify(part));
    return part;
  }

  partPath(id: string, number: number): string {
    return join(this.folder, id, `part-${number}.data`);
  }

  /** Parts in the order of their numbers. */
  parts(id: string): Part[] {
    return readdirSync(join(this.folder, id))
      .filter((file) => /^part-\d+\.json$/.test(file))
      .map((file) => JSON.parse(readFileSync(join(this.folder, id, file), "utf8")) as Part)
      .sort((a, b) => a.number - b.number);
  }
}
