import libFlac from "libflacjs"; // libFLAC itself as JavaScript: no binary to install
import flacEncoder from "libflacjs/lib/encoder.js";
import { createMp3Encoder, createOggEncoder } from "wasm-media-encoders"; // LAME and libvorbis as WebAssembly
import type { AudioFormat } from "../../service/audio-formats.ts";
import type { Channels } from "./melody.ts";

/** Encodes sound as a file of the format, without tags. The same sound gives the same bytes. */
export async function encode(format: AudioFormat["format"], sound: Channels, sampleRate: number): Promise<Uint8Array> {
  const channels = sound.length === 1 ? 1 : 2;
  switch (format) {
    case "MP3": {
      const encoder = await createMp3Encoder();
      encoder.configure({ sampleRate, channels, bitrate: 128 });
      return copied(encoder, sound);
    }
    case "OGG": {
      const encoder = await createOggEncoder();
      encoder.configure({ sampleRate, channels, vbrQuality: 4, oggSerialNo: 1 });
      return copied(encoder, sound);
    }
    case "FLAC":
      return flac(sound, sampleRate);
    case "WAV":
      return wav(sound, sampleRate);
    default:
      return format satisfies never;
  }
}

/** What the encoder returns is a view of its own memory, good until the next call. */
function copied(encoder: { encode(sound: Channels): Uint8Array; finalize(): Uint8Array }, sound: Channels): Uint8Array {
  return Buffer.concat([Buffer.from(encoder.encode(sound)), Buffer.from(encoder.finalize())]);
}

async function flac(sound: Channels, sampleRate: number): Promise<Uint8Array> {
  const library = libFlac("release");
  if (!library.isReady()) await new Promise((ready) => library.on("ready", ready));
  const encoder = new flacEncoder.Encoder(library, {
    ...{ sampleRate, channels: sound.length, bitsPerSample: 16, compression: 5, verify: true },
    totalSamples: sound[0]?.length ?? 0,
  });
  try {
    const pcm = sound.map((channel) => Int32Array.from(channel, to16Bit));
    if (!encoder.encode(pcm) || !encoder.encode())
      throw new Error(`libFLAC refused (state ${String(encoder.getState())})`);
    return encoder.getSamples().slice();
  } finally {
    encoder.destroy();
  }
}

/** RIFF with a "fmt " and a "data" chunk: 44 bytes and the samples. */
function wav(sound: Channels, sampleRate: number): Uint8Array {
  const samples = sound[0]?.length ?? 0;
  const frameBytes = sound.length * 2;
  const file = Buffer.alloc(44 + samples * frameBytes);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(sound.length, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * frameBytes, 28);
  file.writeUInt16LE(frameBytes, 32);
  file.writeUInt16LE(16, 34); // bits a sample
  file.write("data", 36);
  file.writeUInt32LE(samples * frameBytes, 40);
  sound.forEach((channel, index) => {
    channel.forEach((sample, at) => file.writeInt16LE(to16Bit(sample), 44 + at * frameBytes + index * 2));
  });
  return file;
}

function to16Bit(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767)));
}
