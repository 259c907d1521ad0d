// Run by signing.ts in a process of its own, on one core.
import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Storage } from "@google-cloud/storage";
import { GoogleAuth, JWT } from "google-auth-library";
import { keySigner, SignedUrls } from "../client/index.ts";

const ROUNDS = 5;
/** Not counted: a process compiles its code at the beginning, and signs for days. */
const WARM_UP_ROUNDS = 2;
const ROUND_MS = 1_500;
const promised = { ofBare: 0.95, ofOpenssl: 0.9, ofGoogles: 3, cachedPerSecond: 500_000, delayMs: 5 };

const email = "signer@project.iam.gserviceaccount.com";
const { privateKey: pem } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const prefixes = { audio: "audio/", thumbnails: "thumbnails/", temp: "temp/" };
const options = { bucket: "library-audio", prefixes, endpoint: "", signer: keySigner(email, pem) };
const print = (line: string) => process.stdout.write(`${line}\n`);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
let names = 0;

/**
 * Calls in a second of processor time, one after the other in each of `lanes`: what `openssl speed` prints too, and what other
 * work on the machine does not change.
 */
async function rate(call: () => unknown, lanes = 1): Promise<number> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let calls = 0;
  const lane = async () => {
    while (performance.now() - began < ROUND_MS) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return (calls * 1e6) / (user + system);
}

const key = createPrivateKey(pem);
const text = Buffer.from(`GOOG4-RSA-SHA256\n20260101T000000Z\n20260101/auto/storage/goog4_request\n${"0".repeat(64)}`);
const auth = new GoogleAuth({ authClient: new JWT({ email, key: pem }), clientOptions: {} });
auth.jsonContent = { client_email: email, private_key: pem };
const googles = new Storage({ projectId: "project", authClient: auth }).bucket("library-audio");
const uncached = new SignedUrls({ ...options, cacheSize: 0 });
/** Callers at the same time, of both clients. */
const LANES = 64;

const contestants: Readonly<Record<string, () => Promise<number>>> = {
  "bare crypto.sign": () => rate(() => sign("RSA-SHA256", text, key)),
  "this client": () => rate(() => uncached.download({ object: `audio/${String((names += 1))}.flac` }), LANES),
  "@google-cloud/storage": () =>
    rate(
      () =>
        googles
          .file(`audio/${String((names += 1))}.flac`)
          .getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 900_000 }),
      LANES,
    ),
  "openssl speed rsa2048": () => Promise.resolve(opensslRate()),
};

function opensslRate(): number {
  const args = ["speed", "-seconds", "2", "rsa2048"];
  const output = execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  // rsa 2048 bits 0.000291s 0.000009s   3434.1 116000.0
  return Number(/rsa 2048 bits\s+\S+s\s+\S+s\s+([\d.]+)/.exec(output)?.[1]);
}

async function benchKey(): Promise<void> {
  const rates = new Map(Object.keys(contestants).map((name): [string, number[]] => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const [name, measure] of Object.entries(contestants)) {
      const rate = await measure();
      if (round >= 0) rates.get(name)?.push(rate);
    }
  }
  /** Within a round the machine was the same for both. */
  const ratioOf = (name: string, peer: string) =>
    median((rates.get(name) ?? []).map((rate, round) => rate / (rates.get(peer)?.[round] ?? NaN)));
  const limits = new Map([
    ["bare crypto.sign", promised.ofBare],
    ["openssl speed rsa2048", promised.ofOpenssl],
    ["@google-cloud/storage", promised.ofGoogles],
  ]);
  print("with a key                 URLs/s   this client's ratio to it   promised");
  for (const [name, all] of rates) {
    const ratio = ratioOf("this client", name).toFixed(2);
    const limit = limits.get(name)?.toFixed(2) ?? "";
    print(`${name.padEnd(22)} ${median(all).toFixed(0).padStart(10)} ${ratio.padStart(26)}x ${limit.padStart(10)}`);
  }
  const ceiling = ratioOf("bare crypto.sign", "@google-cloud/storage");
  if (ceiling >= promised.ofGoogles) return;
  print(
    `the ceiling            ${ceiling.toFixed(2).padStart(37)}x: bare crypto.sign beside @google-cloud/storage, so nobody who ` +
      `signs each URL has ${promised.ofGoogles.toFixed(2)} on one core of this machine`,
  );
}

async function benchCache(): Promise<void> {
  const signedUrls = new SignedUrls({ ...options, signer: { ...options.signer, sign: () => Promise.resolve(text) } });
  const objects = Array.from({ length: 5_000 }, (_, index) => `audio/${String(index)}.flac`);
  const rounds: number[] = [];
  for (const object of objects) await signedUrls.download({ object });
  for (let round = 0; round < ROUNDS; round += 1) {
    const cpu = process.cpuUsage();
    for (let turn = 0; turn < 200; turn += 1) for (const object of objects) await signedUrls.download({ object });
    const { user, system } = process.cpuUsage(cpu);
    rounds.push((200 * objects.length * 1e6) / (user + system));
  }
  print(
    `from the cache         ${median(rounds).toFixed(0).padStart(10)} URLs/s (promised ${String(promised.cachedPerSecond)})`,
  );
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 300_000; index += 1)
    await signedUrls.download({ object: `audio/other-${String(index)}` });
  globalThis.gc?.();
  const grownMb = (process.memoryUsage().heapUsed - before) / 1024 ** 2;
  const { count, size } = signedUrls.cached;
  print(
    `after 300,000 objects  ${String(count)} URLs kept, ${(size / 1024 ** 2).toFixed(1)} Mi characters (limit 16), ` +
      `heap grown by ${grownMb.toFixed(1)} MB`,
  );
}

/** The 99th percentile of the event loop's delay during `work`, in milliseconds. */
async function delayDuring(work: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

async function benchDelay(): Promise<void> {
  const signing: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    signing.push(
      await delayDuring(() =>
        Promise.all(
          Array.from({ length: 1_000 }, () => uncached.download({ object: `audio/${String((names += 1))}.flac` })),
        ),
      ),
    );
    idle.push(await delayDuring(() => new Promise((resolve) => setTimeout(resolve, 500))));
  }
  print(
    `event loop delay, p99: ${median(signing).toFixed(1)} ms while signing 1,000 URLs at once (promised ` +
      `${String(promised.delayMs)} ms), ${median(idle).toFixed(1)} ms while doing nothing`,
  );
}

await benchKey();
await benchCache();
await benchDelay();
