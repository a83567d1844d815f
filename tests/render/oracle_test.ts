/** The oracle against numbers from elsewhere: by hand, by definition, by finite differences. */

import assert from "node:assert/strict";
import { type Camera, cameraAtPose } from "../../src/render/camera.ts";
import { allocateSplats, type Splats } from "../../src/scene/splats.ts";
import { makeRoom, randomNumbers, ROOM_FRAME } from "../../bench/room.ts";
import {
  colorOf,
  projectSplat,
  psnr,
  renderOracle,
  shBasis,
} from "./oracle.ts";

/** At the origin, looking along +z of the file, y down. */
function camera(change: Partial<Camera> = {}): Camera {
  return {
    projection: "perspective",
    width: 8,
    height: 6,
    fx: 100,
    fy: 100,
    cx: 4,
    cy: 3,
    rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    position: Float64Array.of(0, 0, 0),
    near: 0.05,
    metresPerUnit: 1,
    ...change,
  };
}

interface Spec {
  position: number[];
  scale?: number[];
  rotation?: number[];
  opacity?: number;
  /** Colour to be seen, not its coefficient. */
  color?: number[];
}

function scene(specs: readonly Spec[], antialiased = false): Splats {
  const splats = allocateSplats(specs.length, 0, {
    antialiased,
    withObjectIds: true,
  });
  for (const [i, spec] of specs.entries()) {
    splats.positions.set(spec.position, 3 * i);
    splats.scales.set(spec.scale ?? [0.1, 0.1, 0.1], 3 * i);
    splats.rotations.set(spec.rotation ?? [1, 0, 0, 0], 4 * i);
    splats.opacities[i] = spec.opacity ?? 0.5;
    const color = spec.color ?? [1, 1, 1];
    splats.colors.set(
      color.map((value) => (value - 0.5) / 0.28209479177387814),
      3 * i,
    );
    splats.objectIds![i] = i + 1;
  }
  return splats;
}

function near(actual: number, expected: number, tolerance = 1e-6): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual} is not ${expected} +- ${tolerance}`,
  );
}

Deno.test("one round splat, by hand", () => {
  // Sigma in pixels: 100 * 0.1 / 2 = 5; with the low-pass 25.3 square pixels.
  const view = renderOracle(
    scene([{ position: [0, 0, 2], opacity: 0.5, color: [1, 0.25, 0] }]),
    camera({ metresPerUnit: 3 }),
  );
  // Pixel (4, 3) has its centre half a pixel right of and below the splat's.
  const alpha = 0.5 * Math.exp(-0.5 * (0.25 + 0.25) / 25.3);
  near(alpha, 0.495083, 1e-6);
  const pixel = 3 * 8 + 4;
  near(view.color[3 * pixel]!, alpha);
  near(view.color[3 * pixel + 1]!, alpha / 4);
  near(view.color[3 * pixel + 2]!, 0);
  near(view.alpha[pixel]!, alpha);
  assert.deepEqual([...view.data.subarray(4 * pixel, 4 * pixel + 4)], [
    126,
    32,
    0,
    255,
  ]);
  near(view.expectedDepth[pixel]!, 6);
  assert.equal(view.depth[pixel], 0, "more than half shines through");
  // Pixel (0, 0): 3.5 and 2.5 pixels away.
  near(view.alpha[0]!, 0.5 * Math.exp(-0.5 * (12.25 + 6.25) / 25.3));
});

Deno.test("front to back, median and expected depth, ids, by hand", () => {
  const wide = [50, 50, 0.01];
  const view = renderOracle(
    scene([
      { position: [0, 0, 4], scale: wide, opacity: 0.8, color: [0, 1, 0] },
      { position: [0, 0, 2], scale: wide, opacity: 0.4, color: [1, 0, 0] },
      { position: [0, 0, 8], scale: wide, opacity: 0.9, color: [0, 0, 1] },
    ]),
    camera(),
  );
  const pixel = 3 * 8 + 4;
  // Weights 0.4, 0.6 * 0.8 = 0.48, 0.12 * 0.9 = 0.108; transmittance 0.6, 0.12, 0.012.
  near(view.color[3 * pixel]!, 0.4, 1e-4);
  near(view.color[3 * pixel + 1]!, 0.48, 1e-4);
  near(view.color[3 * pixel + 2]!, 0.108, 1e-4);
  near(view.alpha[pixel]!, 0.988, 1e-4);
  near(view.depth[pixel]!, 4, 1e-9);
  assert.equal(view.objectIds[pixel], 1);
  near(
    view.expectedDepth[pixel]!,
    (0.4 * 2 + 0.48 * 4 + 0.108 * 8) / 0.988,
    1e-3,
  );
});

Deno.test("the splat that would end a pixel is not blended; alpha ends at 0.99", () => {
  const wide = [500, 500, 0.01];
  const stack = (opacity: number, count: number): Splats =>
    scene(Array.from({ length: count }, (_, i) => ({
      position: [0, 0, 1 + i],
      scale: wide,
      opacity,
      color: [1, 1, 1],
    })));
  // 0.05^3 = 1.25e-4 stays, 0.05^4 is below 1e-4.
  const view = renderOracle(stack(0.95, 6), camera());
  assert.equal(view.fragments[0], 3);
  near(view.alpha[0]!, 1 - 0.05 ** 3, 1e-6);
  near(renderOracle(stack(1, 1), camera()).alpha[0]!, 0.99, 1e-12);
});

Deno.test("alpha below 1/255 is skipped, nothing above it is, however far out", () => {
  // One pixel of sigma at z 2, 1.14 with the low-pass; at pixel (4, 3.5).
  const narrow = [0.02, 0.02, 0.02];
  const view = renderOracle(
    scene([{ position: [0, 0.01, 2], opacity: 0.99, scale: narrow }]),
    camera({ width: 12, cx: 4 }),
  );
  const alphaAt = (pixels: number): number =>
    0.99 * Math.exp(-0.5 * pixels * pixels / 1.3);
  const row = 3 * 12;
  // 3.5 pixels are 3.07 sigma.
  near(view.alpha[row + 7]!, alphaAt(3.5), 1e-5);
  assert.ok(alphaAt(3.5) > 2 / 255 && alphaAt(4.5) < 1 / 255, "the premise");
  assert.equal(view.alpha[row + 8], 0);
});

Deno.test("ties go by index, order is that of float32", () => {
  const wide = [50, 50, 0.01];
  const specs = [
    { position: [0, 0, 2], scale: wide, opacity: 0.6, color: [1, 0, 0] },
    { position: [0, 0, 2], scale: wide, opacity: 0.6, color: [0, 1, 0] },
  ];
  const [red, green] = renderOracle(scene(specs), camera()).color;
  near(red!, 0.6, 1e-3);
  near(green!, 0.24, 1e-3);
});

Deno.test("left out: nearer than near, behind, faint, poisoned", () => {
  const specs: Spec[] = [
    { position: [0, 0, 0.04] },
    { position: [0, 0, -3] },
    { position: [0, 0, 2], opacity: 0.0039 },
    { position: [NaN, 0, 2] },
    { position: [0, 0, 2], scale: [Infinity, 1, 1] },
    { position: [0, 0, 2], scale: [1e30, 1e30, 1e30] },
    { position: [0, 0, 2], rotation: [0, 0, 0, 0] },
    { position: [0, 0, 2], opacity: NaN },
  ];
  const splats = scene([
    ...specs,
    { position: [0, 0, 2], color: [NaN, 0, 0] },
  ]);
  for (const i of specs.keys()) {
    assert.equal(projectSplat(splats, i, camera()), undefined, `splat ${i}`);
  }
  const view = renderOracle(splats, camera());
  assert.ok(view.alpha.every((value) => value === 0));
});

Deno.test("spherical harmonics are the real ones, with the Condon-Shortley phase", () => {
  // From the definition: normalisation * associated Legendre polynomial * sine or cosine.
  const factorial = (n: number): number => n < 2 ? 1 : n * factorial(n - 1);
  const legendre = (l: number, m: number, x: number): number => {
    let value = 1;
    for (let k = 1; k <= m; k++) value *= -(2 * k - 1) * Math.sqrt(1 - x * x);
    let [before, now] = [0, value];
    for (let k = m + 1; k <= l; k++) {
      [before, now] = [
        now,
        ((2 * k - 1) * x * now - (k + m - 1) * before) / (k - m),
      ];
    }
    return now;
  };
  const random = randomNumbers(5);
  for (let trial = 0; trial < 50; trial++) {
    const cosine = 2 * random() - 1;
    const azimuth = 2 * Math.PI * random();
    const sine = Math.sqrt(1 - cosine * cosine);
    const basis = shBasis(
      sine * Math.cos(azimuth),
      sine * Math.sin(azimuth),
      cosine,
    );
    for (let l = 0; l <= 3; l++) {
      for (let m = -l; m <= l; m++) {
        const order = Math.abs(m);
        const norm = Math.sqrt(
          (2 * l + 1) / (4 * Math.PI) * factorial(l - order) /
            factorial(l + order),
        );
        const turn = m > 0
          ? Math.SQRT2 * Math.cos(order * azimuth)
          : m < 0
          ? Math.SQRT2 * Math.sin(order * azimuth)
          : 1;
        near(
          basis[l * l + l + m]!,
          norm * legendre(l, order, cosine) * turn,
          1e-12,
        );
      }
    }
  }
});

Deno.test("higher coefficients are read coefficient by coefficient, colour never negative", () => {
  const splats = allocateSplats(2, 3);
  const direction = [0.48, 0.6, 0.64] as const;
  const basis = shBasis(...direction);
  for (let k = 0; k < 15; k++) {
    splats.sh.fill(0);
    splats.sh[45 + 3 * k + 1] = 0.5; // green of the second splat
    const [red, green] = colorOf(splats, 1, direction);
    near(red, 0.5);
    near(green, 0.5 + 0.5 * basis[k + 1]!);
  }
  splats.colors.fill(-9);
  assert.deepEqual(colorOf(splats, 0, direction), [0, 0, 0]);
});

Deno.test("projected covariance is that of the pixels' derivative", () => {
  const random = randomNumbers(3);
  for (let trial = 0; trial < 40; trial++) {
    // Rotation by an axis and an angle (Rodrigues), the quaternion's own way.
    const axis = [random() - 0.5, random() - 0.5, random() - 0.5];
    const length = Math.hypot(...axis);
    const [ux, uy, uz] = axis.map((value) => value / length);
    const angle = 3 * random();
    const rotate = (v: number[]): number[] => {
      const [x, y, z] = v;
      const dot = (ux! * x! + uy! * y! + uz! * z!) * (1 - Math.cos(angle));
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return [
        x! * c + (uy! * z! - uz! * y!) * s + ux! * dot,
        y! * c + (uz! * x! - ux! * z!) * s + uy! * dot,
        z! * c + (ux! * y! - uy! * x!) * s + uz! * dot,
      ];
    };
    const scale = [0.02 + 0.1 * random(), 0.02 + 0.1 * random(), 0.03];
    const position = [0.2 * random(), 0.2 * random(), 4 + random()];
    const view = camera({ width: 64, height: 48, cx: 20, cy: 30, fx: 300 });
    const splats = scene([{
      position,
      scale,
      rotation: [
        Math.cos(angle / 2),
        ...[ux!, uy!, uz!].map((value) => value * Math.sin(angle / 2)),
      ],
    }]);
    const pixel = ([x, y, z]: number[]): number[] => [
      view.fx * x! / z! + view.cx,
      view.fy * y! / z! + view.cy,
    ];
    const projected = projectSplat(splats, 0, view)!;
    const middle = pixel(position);
    near(projected.x, middle[0]!, 1e-4);
    near(projected.y, middle[1]!, 1e-4);
    // The image of each of the splat's axes, by central differences.
    const covariance = [0.3, 0, 0.3];
    for (let k = 0; k < 3; k++) {
      const step = 1e-4;
      const along = rotate([0, 1, 2].map((a) => a === k ? scale[k]! : 0));
      const shifted = (sign: number): number[] =>
        pixel(position.map((value, a) => value + sign * step * along[a]!));
      const [plus, minus] = [shifted(1), shifted(-1)];
      const dx = (plus[0]! - minus[0]!) / (2 * step);
      const dy = (plus[1]! - minus[1]!) / (2 * step);
      covariance[0]! += dx * dx;
      covariance[1]! += dx * dy;
      covariance[2]! += dy * dy;
    }
    for (const [i, value] of projected.covariance.entries()) {
      near(value, covariance[i]!, 1e-3 * Math.max(1, covariance[0]!));
    }
  }
});

Deno.test("outside the frustum the derivative is that of the clamped direction", () => {
  // tan of the half width: 4 / 100, off-centre limits (8 - 4) / 100 + 0.3 * 0.04.
  const limit = 0.04 + 0.3 * 0.04;
  const { covariance, x } = projectSplat(
    scene([{ position: [2, 0, 2] }]),
    0,
    camera(),
  )!;
  near(x, 104, 1e-4); // the centre itself is not clamped
  const [a, b] = [100 * 0.1 / 2, 100 * limit * 0.1 / 2];
  near(covariance[0], a * a + b * b + 0.3, 1e-4);
  // Principal point at a sixteenth: the right limit is farther out.
  const off = projectSplat(
    scene([{ position: [2, 0, 2] }]),
    0,
    camera({ cx: 0.5 }),
  )!;
  const c = 100 * (0.075 + 0.012) * 0.1 / 2;
  near(off.covariance[0], a * a + c * c + 0.3, 1e-4);
});

Deno.test("antialiased scenes pay for the low-pass in opacity", () => {
  const spec = { position: [0, 0, 2], scale: [0.01, 0.01, 0.01] };
  const { opacity } = projectSplat(scene([spec], true), 0, camera())!;
  // 0.25 square pixels each way: sqrt(0.25^2 / 0.55^2).
  near(opacity, 0.5 * 0.25 / 0.55, 1e-6);
  near(projectSplat(scene([spec]), 0, camera())!.opacity, 0.5, 1e-9);
});

Deno.test("an orthographic camera does not shrink what is far", () => {
  const view = camera({ projection: "orthographic", fx: 20, fy: 20 });
  for (const z of [1, 10]) {
    const { x, y, covariance } = projectSplat(
      scene([{ position: [0.1, -0.05, z] }]),
      0,
      view,
    )!;
    near(x, 6, 1e-5);
    near(y, 2, 1e-5);
    near(covariance[0], 4.3, 1e-5);
  }
});

Deno.test("visiting every pixel for every splat changes nothing", () => {
  const splats = makeRoom(1500, { size: 0.08 });
  const view = cameraAtPose(ROOM_FRAME, { x: 2.4, y: 1.5, z: 0, yaw: 200 }, {
    width: 48,
    height: 36,
  });
  const [boxed, whole] = [false, true].map((everyPixel) =>
    renderOracle(splats, view, { everyPixel })
  );
  assert.ok(boxed!.fragments.some((count) => count > 3));
  assert.deepEqual(boxed, whole);
});

Deno.test("psnr, by hand", () => {
  const flat = (
    value: number,
  ): { width: number; height: number; data: Uint8Array } => ({
    width: 2,
    height: 1,
    data: Uint8Array.of(value, value, value, 255, value, value, value, 0),
  });
  near(psnr(flat(10), flat(13)), 20 * Math.log10(255 / 3), 1e-9);
  assert.equal(psnr(flat(10), flat(10)), Infinity);
});
