/**
 * Files as one zip archive, stored as they are: so a folder is sent as what the server reads anyway.
 */

/** @typedef {{ name: string, bytes: Uint8Array<ArrayBuffer> }} Member its name within the folder, with / between folders */

export const MOST_MEMBERS = 65_535; // what a zip without extensions counts
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [VERSION, UTF8, NEW_YEAR_1980] = [20, 0x0800, 0x21];

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/**
 * The checksum that a zip keeps of each file (CRC-32).
 * @param {Uint8Array} bytes
 * @returns {number}
 */
export function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/**
 * @param {Member[]} members at most MOST_MEMBERS
 * @returns {Uint8Array<ArrayBuffer>[]} the archive in pieces, in their order
 */
export function zipped(members) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const list = [];
  let at = 0;
  for (const { name, bytes } of members) {
    const told = new TextEncoder().encode(name);
    const facts = [VERSION, UTF8, 0, 0, NEW_YEAR_1980];
    const sizes = [checksum(bytes), bytes.length, bytes.length];
    const head = [numbers([LOCAL], 4), numbers(facts, 2), numbers(sizes, 4), numbers([told.length, 0], 2), told];
    const entry = [numbers([CENTRAL], 4), numbers([VERSION, ...facts], 2), numbers(sizes, 4)];
    list.push(...entry, numbers([told.length, 0, 0, 0, 0], 2), numbers([0, at], 4), told);
    pieces.push(...head, bytes);
    at += length(head) + bytes.length;
  }
  const counts = numbers([0, 0, members.length, members.length], 2);
  return [...pieces, ...list, numbers([END], 4), counts, numbers([length(list), at], 4), numbers([0], 2)];
}

/**
 * Whole numbers of so many bytes each, the lowest byte first.
 * @param {number[]} values
 * @param {2 | 4} size
 */
function numbers(values, size) {
  const view = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, place) =>
    size === 2 ? view.setUint16(2 * place, value, true) : view.setUint32(4 * place, value, true),
  );
  return new Uint8Array(view.buffer);
}

/** @param {Uint8Array[]} pieces */
function length(pieces) {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
