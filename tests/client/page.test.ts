// The page in a real browser, over the real service, PostgreSQL and the local Cloud Storage server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { bucketName, declaredBucket, scope } from "../local/storage-setup.ts";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { type ServiceSetup, startService } from "./service-setup.ts";

const executable = chromiumPath();
if (executable === undefined) {
  process.stderr.write(
    "page: skipped, no Chromium on this machine (Debian: apt-get install chromium, or set CHROMIUM)\n",
  );
}

/** Seconds of silence in the file, enough to seek in. */
const SECONDS = 20;
const RATE = 8_000;

function wav(): Buffer {
  const samples = SECONDS * RATE;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples * 2, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples * 2, 40);
  return Buffer.concat([header, Buffer.alloc(samples * 2)]);
}

(executable === undefined ? describe.skip : describe)("the page", () => {
  let service: ServiceSetup;
  let browser: Browser;
  let page: Page;
  let folder: string;
  const problems: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "page-"));
    writeFileSync(join(folder, "Quiet Evening.wav"), wav());
    [service, browser] = await Promise.all([startService(), openBrowser(executable ?? "")]);
    const address = await service.server.listen({ host: "127.0.0.1", port: 0 });
    const cors = [{ origins: [address], methods: ["GET", "HEAD", "PUT"], responseHeaders: ["*"], maxAgeSeconds: 60 }];
    await service.storage
      .kind()
      .update(bucketName, { inputs: declaredBucket, outputs: {} }, { ...declaredBucket, cors }, scope);
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(address);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until a script of the page is true; the page's own policy lets it evaluate nothing, so it is asked from here. */
  async function until(script: string): Promise<void> {
    while ((await page.evaluate(script)) !== true) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  it("uploads a file with progress, and shows the track", async () => {
    // Scripts of the page are text: this project's types know no document.
    const seen = page.evaluate(`new Promise((resolve) => {
      const progress = document.querySelector("progress");
      new MutationObserver(() => progress.hidden || resolve(true))
        .observe(document.body, { subtree: true, attributes: true });
    })`);
    await page.setInputFiles("#file", join(folder, "Quiet Evening.wav"));
    await page.getByText("Added Quiet Evening").waitFor();
    expect(await seen).toBe(true);
    await page.locator("#tracks button", { hasText: "Quiet Evening" }).waitFor();
  }, 60_000);

  it("searches as one types", async () => {
    await page.locator("#query").pressSequentially("zzz no such");
    await until(`document.querySelectorAll("#tracks button").length === 0`);
    await page.locator("#query").fill("quiet");
    await page.locator("#tracks button", { hasText: "Quiet Evening" }).waitFor();
  }, 60_000);

  it("plays through a signed URL, and seeks", async () => {
    await page.locator("#tracks button").first().click();
    const player = `document.querySelector("audio")`;
    await until(`${player}.readyState >= 2`);
    expect(await page.evaluate(`${player}.src`)).toMatch(/X-Goog-Signature=[0-9a-f]+$/);
    await page.evaluate(`${player}.currentTime = 15`);
    await until(`!${player}.seeking && ${player}.currentTime >= 15`);
    expect(await page.evaluate(`Math.round(${player}.duration)`)).toBe(SECONDS);
  }, 60_000);

  it("shows pool, search latency and size as figures and charts", async () => {
    await until(`document.querySelectorAll("#status polyline").length === 3`);
    expect(await page.locator("#pool").textContent()).toMatch(/^\d+ of \d+$/);
    expect(await page.locator("#latency").textContent()).toMatch(/^\d+ ms$/);
  }, 60_000);

  it("did all that without a problem in the browser, its policy of contents included", () =>
    expect(problems).toEqual([]));
});
