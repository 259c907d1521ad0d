// Somebody who writes all the time, one track a transaction, and remembers when each was begun and when it was acknowledged:
// what must be in a library that is brought back to a moment, and what must not.
import { randomUUID } from "node:crypto";
import type pg from "pg";

interface Written {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly acknowledged: number;
}

export class SteadyWriter {
  /** What its titles begin with, and nobody else's. */
  readonly prefix = `steady ${randomUUID().slice(0, 8)} `;
  private readonly client: pg.Client;
  private readonly written: Written[] = [];
  private readonly writing: Promise<void>;
  private stopped = false;

  /** Begins at once; `client` is its own until it has stopped. */
  constructor(client: pg.Client) {
    this.client = client;
    this.writing = this.write();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.writing;
  }

  /** Titles acknowledged by a moment, and those in flight then, which may be there or not. */
  at(moment: Date): { must: string[]; may: string[]; after: number } {
    const time = moment.getTime();
    const titles = (written: readonly Written[]): string[] => written.map(({ title }) => title);
    const must = this.written.filter(({ acknowledged }) => acknowledged < time);
    const after = this.written.filter(({ begun }) => begun > time);
    const may = this.written.filter(({ begun, acknowledged }) => begun <= time && acknowledged >= time);
    return { must: titles(must), may: titles(may), after: after.length };
  }

  private async write(): Promise<void> {
    while (!this.stopped) {
      const title = `${this.prefix}${String(this.written.length).padStart(6, "0")}`;
      const begun = Date.now();
      await this.client.query(
        "insert into library.audio_tracks (title, audio_path) values ($1, 'gs://steady-writer/audio/one.mp3')",
        [title],
      );
      this.written.push({ title, begun, acknowledged: Date.now() });
    }
  }
}
