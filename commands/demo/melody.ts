/** One channel of sound each, samples from -1 to 1. */
export type Channels = Float32Array<ArrayBuffer>[];

const MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11, 12];
const NOTES_PER_SECOND = 4;

/** A short tune that depends on its seed alone: plucked notes of a major scale, a little apart on the right channel. */
export function melody(options: { seed: number; seconds: number; channels: 1 | 2; sampleRate: number }): Channels {
  const { seed, seconds, sampleRate } = options;
  const samples = Math.round(seconds * sampleRate);
  return Array.from({ length: options.channels }, (_, channel) => {
    const sound = new Float32Array(samples);
    for (let sample = 0; sample < samples; sample += 1) {
      const time = sample / sampleRate;
      const note = Math.floor(time * NOTES_PER_SECOND);
      const step = MAJOR_SCALE[(seed * 5 + note * 3) % MAJOR_SCALE.length] ?? 0;
      const frequency = 220 * 2 ** ((step + (seed % 5)) / 12) * (1 + channel * 0.003);
      const sinceStart = time - note / NOTES_PER_SECOND;
      const phase = 2 * Math.PI * frequency * sinceStart;
      sound[sample] = 0.5 * Math.exp(-6 * sinceStart) * (Math.sin(phase) + 0.3 * Math.sin(2 * phase));
    }
    return sound;
  });
}
