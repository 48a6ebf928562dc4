/**
 * Sound as numbers from -1 to 1.
 */

/**
 * Pieces as one.
 * @param {Float32Array[]} pieces
 * @returns {Float32Array}
 */
export function joined(pieces) {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * How loud it is: the root of the mean square, from 0 to 1.
 * @param {Float32Array} samples
 */
export function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}

/**
 * The bytes of the samples, the lowest byte first on every machine.
 * @param {Float32Array} samples
 * @returns {Uint8Array}
 */
export function bytesOf(samples) {
  const bytes = new Uint8Array(4 * samples.length);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, place) => view.setFloat32(4 * place, sample, true));
  return bytes;
}
