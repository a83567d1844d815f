import assert from "node:assert/strict";
import { memorySource } from "../../src/scene/byte_source.ts";
import { ZipArchive } from "../../src/scene/zip.ts";
import { encodeZip } from "./encode_zip.ts";

const files = {
  "meta.json": new TextEncoder().encode("{}".repeat(400)),
  "../outside": Uint8Array.of(1, 2, 3),
  "/absolute": Uint8Array.of(4),
  "ünïcode.webp": new Uint8Array(0),
};

function open(bytes: Uint8Array): Promise<ZipArchive> {
  return ZipArchive.open(memorySource("a.zip", bytes));
}

for (const deflate of [false, true]) {
  Deno.test(`ZipArchive: entries come back as they were, deflate ${deflate}`, async () => {
    const archive = await open(encodeZip(files, { deflate }));
    assert.deepEqual(archive.names, Object.keys(files));
    for (const [name, bytes] of Object.entries(files)) {
      assert.deepEqual(new Uint8Array(await archive.read(name)), bytes);
    }
    await assert.rejects(archive.read("other"), Deno.errors.NotFound);
    await assert.rejects(archive.read("__proto__"), Deno.errors.NotFound);
  });

  Deno.test(`ZipArchive: lying sizes are refused, deflate ${deflate}`, async () => {
    for (const size of [0, 799, 801, 2 ** 31, 2 ** 32 - 2]) {
      const bytes = encodeZip(files, { deflate, declare: { size } });
      const archive = await open(bytes);
      await assert.rejects(archive.read("meta.json"), SyntaxError, `${size}`);
    }
    for (const packedSize of [2, 2 ** 31]) {
      const archive = await open(
        encodeZip(files, { deflate, declare: { packedSize } }),
      );
      await assert.rejects(archive.read("meta.json"), SyntaxError);
    }
    const archive = await open(
      encodeZip(files, { deflate, declare: { offset: 1 } }),
    );
    await assert.rejects(archive.read("meta.json"), /header/);
  });
}

Deno.test("ZipArchive: sizes may stand behind an entry, as writers of streams leave them", async () => {
  const bytes = encodeZip(files, { deflate: true });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(6, 8, true); // A data descriptor follows.
  for (const field of [14, 18, 22]) view.setUint32(field, 0, true);
  const archive = await open(bytes);
  assert.deepEqual(
    new Uint8Array(await archive.read("meta.json")),
    files["meta.json"],
  );
});

Deno.test("ZipArchive: a changed byte is found by its checksum", async () => {
  const bytes = encodeZip(files);
  bytes[30 + "meta.json".length + 100]! ^= 1;
  const archive = await open(bytes);
  await assert.rejects(archive.read("meta.json"), /checksum/);
});

Deno.test("ZipArchive: encrypted and unknown entries are refused", async () => {
  const bytes = encodeZip({ a: Uint8Array.of(1) });
  const directory = bytes.length - 22 - 46 - 1;
  const encrypted = Uint8Array.from(bytes);
  encrypted[directory + 8] = 1;
  await assert.rejects((await open(encrypted)).read("a"), /encrypted/);
  const lzma = Uint8Array.from(bytes);
  lzma[directory + 10] = 14;
  await assert.rejects((await open(lzma)).read("a"), /method is 14/);
});

Deno.test("ZipArchive: two entries of one name are refused", async () => {
  const bytes = encodeZip({ a: Uint8Array.of(1), b: Uint8Array.of(2) });
  const at = bytes.length - 22 - 47 + 46;
  assert.equal(bytes[at], "b".charCodeAt(0));
  bytes[at] = "a".charCodeAt(0);
  await assert.rejects(open(bytes), /two are called a/);
});

Deno.test("ZipArchive: a cut archive and one of other numbers is refused", async () => {
  const bytes = encodeZip(files);
  for (let length = 0; length < bytes.length; length += 7) {
    await assert.rejects(open(bytes.subarray(0, length)), SyntaxError);
  }
  const end = bytes.length - 22;
  for (const [at, value] of [[10, 99], [12, 3], [16, 1], [13, 255]] as const) {
    const changed = Uint8Array.from(bytes);
    changed[end + at] = value;
    await assert.rejects(open(changed), SyntaxError, `byte ${at}`);
  }
  const zip64 = Uint8Array.from(bytes).fill(0xff, end + 10, end + 12);
  await assert.rejects(open(zip64), /zip64/);
});

Deno.test("ZipArchive: a comment after the end is skipped", async () => {
  const bytes = encodeZip(files);
  const comment = new TextEncoder().encode("made by hand");
  const whole = new Uint8Array(bytes.length + comment.length);
  whole.set(bytes);
  whole.set(comment, bytes.length);
  new DataView(whole.buffer).setUint16(bytes.length - 2, comment.length, true);
  assert.equal((await open(whole)).names.length, 4);
});
