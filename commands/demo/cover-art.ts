import jpeg from "jpeg-js"; // encoders in plain JavaScript, no binaries to install
import { PNG } from "pngjs";

const SIZE = 96;

/** A cover of its own for every seed: two colours, and circles from a corner. */
export function coverArt(kind: "jpeg" | "png", seed: number): Uint8Array {
  const pixels = Buffer.alloc(SIZE * SIZE * 4);
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) {
      const ring = Math.floor(Math.hypot(x, y) / (6 + (seed % 7))) % 2 === 0;
      const [red, green, blue] = ring ? [40, (seed * 37) % 256, 90] : [(seed * 61) % 256, 200, (seed * 17) % 256];
      pixels.set([red, green, blue, 255], (y * SIZE + x) * 4);
    }
  }
  switch (kind) {
    case "jpeg":
      return jpeg.encode({ data: pixels, width: SIZE, height: SIZE }, 80).data;
    case "png": {
      const image = new PNG({ width: SIZE, height: SIZE });
      image.data = pixels;
      return PNG.sync.write(image);
    }
    default:
      return kind satisfies never;
  }
}
