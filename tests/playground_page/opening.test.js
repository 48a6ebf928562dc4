import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";

import { below, chosen } from "../../src/lamina/playground/page/folder_files.js";
import { refusal } from "../../src/lamina/playground/page/opening.js";
import { MOST_MEMBERS, checksum, zipped } from "../../src/lamina/playground/page/zip_file.js";

const bytes = (text) => new TextEncoder().encode(text);
const joined = (pieces) => Buffer.concat(pieces);

test("the checksum is CRC-32: of the nine digits it is the one of the standard", () => {
  assert.equal(checksum(bytes("123456789")), 0xcbf43926);
  assert.equal(checksum(bytes("")), 0);
  if (crc32) assert.equal(checksum(bytes("Ä\0x")), crc32(bytes("Ä\0x")));
});

test("an archive ends with its directory, which tells where each file begins", () => {
  const files = [
    { name: "crow/1.txt", bytes: bytes("first") },
    { name: "gull/ä.txt", bytes: bytes("") },
  ];
  const archive = joined(zipped(files));
  const end = archive.subarray(-22);
  assert.equal(end.readUInt32LE(0), 0x06054b50);
  assert.deepEqual([end.readUInt16LE(8), end.readUInt16LE(10)], [2, 2]);
  const [size, at] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  assert.equal(at + size + 22, archive.length);
  assert.equal(archive.readUInt32LE(at), 0x02014b50);
  const second = at + 46 + archive.readUInt16LE(at + 28);
  const local = archive.readUInt32LE(second + 42);
  assert.equal(archive.readUInt32LE(local), 0x04034b50);
  assert.equal(archive.subarray(local + 30, local + 30 + archive.readUInt16LE(local + 26)).toString(), "gull/ä.txt");
});

test("a chosen folder gives its files by their names within it, without hidden ones", () => {
  const file = (path) => ({ name: path.split("/").at(-1), webkitRelativePath: path });
  const { folder, files } = chosen([file("birds/crow/1.png"), file("birds/.DS_Store"), file("birds/.git/x")]);
  assert.equal(folder, "birds");
  assert.deepEqual(
    files.map(({ name }) => name),
    ["crow/1.png"],
  );
  assert.deepEqual(chosen([]), { folder: "", files: [] });
});

test("a dropped folder is walked to its end, though a browser tells it in parts", async () => {
  const file = (name) => ({ name, isDirectory: false, file: (taken) => taken({ name }) });
  const folder = (name, ...parts) => ({
    name,
    isDirectory: true,
    createReader: () => ({ readEntries: (taken) => taken(parts.shift() ?? []) }),
  });
  const crows = folder("crow", [file("1.png"), file("2.png")], [file("3.png")]);
  const found = await below(folder("birds", [crows], [file(".hidden"), file("a.png")]));
  assert.deepEqual(
    found.map(({ name }) => name),
    ["crow/1.png", "crow/2.png", "crow/3.png", "a.png"],
  );
});

test("a folder that cannot be read is told", async () => {
  const broken = { createReader: () => ({ readEntries: (_, failed) => failed(new Error("no permission")) }) };
  await assert.rejects(below(broken), /no permission/);
});

test("what is too large or too much says how large, and what to do instead", () => {
  assert.equal(refusal("birds", 3, 1000, 2000), "");
  assert.equal(
    refusal("birds", 3, 70 * 2 ** 20, 64 * 2 ** 20),
    "birds has 70 MiB; the page takes at most 64 MiB. Start the playground with it instead: lamina play birds",
  );
  assert.match(refusal("birds", MOST_MEMBERS + 1, 1, 0), /^birds holds 65,536 files; the page takes at most 65,535\./);
});
