import assert from "node:assert/strict";
import { openSource, readScene } from "../../src/scene/read.ts";
import { SceneFormatError } from "../../src/scene/scene_file.ts";
import { ignoreShared, sharedScene } from "../shared.ts";

/** What becomes of each file: the words of its refusal, or those of its warning. */
const OUTCOMES: Record<
  string,
  { refused: RegExp } | { warned: RegExp; count: number }
> = {
  "bad-crc-v2.spz": { refused: /as spz: .*damaged/ },
  "bad-isize-v2.spz": { refused: /as spz: .*damaged/ },
  "count-exceeds-stream-v2.spz": { refused: /as spz: .*1000000 splats/ },
  "empty-points-v2.spz": { refused: /as spz: .*at least one splat/ },
  "huge-count-v2.spz": { refused: /as spz: .*2147483648 splats/ },
  "plaintext-v4.spz": { refused: /as spz: .*streams/ },
  "short-stream.spz": { refused: /as a scene: .*begins with/ },
  "trailing-decompressed-v2.spz": { warned: /6 bytes/, count: 1 },
  "truncated-gzip-header.spz": { refused: /as spz: .*header/ },
  "version-0.spz": { refused: /as spz: .*version 1 to 4/ },
  "bad-bands.sog": { refused: /as sog: .*bands/ },
  "bad-zip.sog": { refused: /as sog: / },
  "count-exceeds-plane.sog": { refused: /as sog: / },
  "empty-count.sog": { refused: /as sog: .*count/ },
  "huge-bands.sog": { refused: /as sog: .*bands/ },
  "huge-palette-count.sog": { refused: /as sog: / },
  "labels-out-of-range.sog": { warned: /label|palette/, count: 2 },
  "malformed-meta.sog": { refused: /meta\.json.* as sog: .*JSON/ },
  "no-meta.sog": { refused: /as sog: .*meta\.json/ },
  "short-codebook.sog": { refused: /as sog: .*codebook/ },
  "version-3.sog": { refused: /as sog: .*version/ },
  "duplicate-sh-index.ply": { refused: /as ply: .*f_rest_00/ },
  "invalid-sh-name.ply": { refused: /as ply: .*f_rest_1x/ },
  "mesh-not-gaussian.ply": { refused: /as ply: .*mesh or point cloud/ },
  "nan-opacity-binary-le.ply": { refused: /as ply: .*opacity is NaN/ },
  "out-of-range-double.ply": { refused: /as ply: .*x is Infinity/ },
  "sh-count-not-rgb.ply": { refused: /as ply: .*f_rest_.*found 2/ },
  "truncated-binary-le.ply": { refused: /as ply: .*end of the file/ },
};

for (const [file, outcome] of Object.entries(OUTCOMES)) {
  Deno.test(`readScene: malformed ${file} is ${Object.keys(outcome)[0]}`, {
    ignore: ignoreShared,
  }, async () => {
    const source = await openSource(sharedScene(`malformed/${file}`));
    try {
      if ("warned" in outcome) {
        const { warnings, splats } = await readScene(source);
        assert.match(warnings.join("\n"), outcome.warned);
        assert.equal(splats.count, outcome.count);
        return;
      }
      await assert.rejects(readScene(source), (error) => {
        assert.ok(error instanceof SceneFormatError, String(error));
        assert.match(error.message, outcome.refused);
        assert.match(error.message, new RegExp(file.replaceAll(".", "\\.")));
        return true;
      });
    } finally {
      source.close();
    }
  });
}

Deno.test("readScene: each malformed file of the shared set has its outcome", {
  ignore: ignoreShared,
}, () => {
  const files = [...Deno.readDirSync(sharedScene("malformed"))];
  assert.deepEqual(
    files.map(({ name }) => name).sort(),
    Object.keys(OUTCOMES).sort(),
  );
});
