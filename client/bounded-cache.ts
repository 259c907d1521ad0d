interface Entry<Value> {
  value: Promise<Value>;
  /** Milliseconds since 1970 from when another has to be made. */
  renewAt: number;
  /** Characters of key and value. */
  size: number;
  /** Asked for since the cache last looked for room. */
  used: boolean;
}

/** What an entry costs beyond its characters: the map's slot, a promise, dates and headers. */
const ENTRY_OVERHEAD = 600;

/**
 * Values that are good for a while, bounded by size. Whoever asks for what is being made waits for the same promise; what fails
 * is forgotten at once. Room is made by the clock algorithm: the oldest goes unless it was used since the last look, which
 * keeps what is asked for without moving anything at each hit.
 */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #maxSize: number;
  readonly #sizeOf: (value: Value) => number;
  #size = 0;

  /** `maxSize` in characters, of keys and values; 0 keeps nothing. */
  constructor(maxSize: number, sizeOf: (value: Value) => number) {
    this.#maxSize = maxSize;
    this.#sizeOf = sizeOf;
  }

  /** Characters held now. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#entries.size;
  }

  find(key: string, now: number): Promise<Value> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || now >= entry.renewAt) return undefined;
    entry.used = true;
    return entry.value;
  }

  /** Keeps what `value` will be until `renewAt`, for all who ask meanwhile. */
  keep(key: string, renewAt: number, value: Promise<Value>): Promise<Value> {
    if (this.#maxSize === 0) return value;
    this.#remove(key);
    const entry: Entry<Value> = { value, renewAt, size: key.length + ENTRY_OVERHEAD, used: false };
    this.#entries.set(key, entry);
    this.#size += entry.size;
    this.#makeRoom();
    value.then(
      (made) => {
        if (this.#entries.get(key) !== entry) return;
        const size = this.#sizeOf(made);
        entry.size += size;
        this.#size += size;
        this.#makeRoom();
      },
      () => {
        if (this.#entries.get(key) === entry) this.#remove(key);
      },
    );
    return value;
  }

  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#size <= this.#maxSize) return;
      this.#remove(key);
      if (!entry.used) continue;
      entry.used = false;
      this.#entries.set(key, entry);
      this.#size += entry.size;
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }
}
