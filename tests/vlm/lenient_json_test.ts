import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonObjects, withoutThinking } from "../../src/vlm/lenient_json.ts";

/** Plain objects, so that they compare by content. */
const objectsIn = (text: string): unknown[] =>
  [...jsonObjects(text)].map((object) => ({ ...object }));

/** Text without a brace, so that it holds no object. */
const words = fc.string().map((text) => text.replace(/[{}]/g, ""));

Deno.test("jsonObjects() finds what JSON.stringify() wrote, whatever is around it", () => {
  const object = fc.dictionary(
    fc.string({ unit: "binary" }).filter((key) => key !== "__proto__"),
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.integer()),
    ),
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      words,
      object,
      words,
      fc.boolean(),
      (before, value, after, indent) => {
        const text = before + JSON.stringify(value, null, indent ? 2 : 0) +
          after;
        assert.deepEqual(objectsIn(text), [value]);
      },
    ),
  );
});

Deno.test("jsonObjects() never throws and never takes a cut-off object", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(..."{}[]\"':,\\ua1-.eN \n".split("")))
        .map((letters) => letters.join("")),
      (text) => {
        for (const object of jsonObjects(text)) {
          assert.equal(typeof object, "object");
        }
      },
    ),
  );
  const whole = '{"action": "move", "x": 1.5, "reasoning": "a {b} \\" c"}';
  for (let length = 0; length < whole.length; length++) {
    assert.deepEqual(objectsIn(whole.slice(0, length)), []);
  }
});

for (
  const [name, text, expected] of [
    ["a fence", 'Sure!\n```json\n{"action": "move"}\n```', { action: "move" }],
    ["Python's words", "{'a': None, 'b': True}", { a: null, b: true }],
    ["bare keys and a trailing comma", "{action: 'move', }", {
      action: "move",
    }],
    ["NaN", '{"x": NaN, "y": -Infinity}', { x: NaN, y: -Infinity }],
    ["1e999", '{"x": 1e999}', { x: Infinity }],
    ["raw control characters", '{"a": "b\n\u0011c"}', { a: "b\n\u0011c" }],
    ["an escape", '{"a": "\\u00e9\\n\\q"}', { a: "é\nq" }],
    ["braces before it", '{x} { {{"a": 1}', { a: 1 }],
    ["nesting", '{"a": {"b": [1, {"c": 2}]}}', { a: { b: [1, { c: 2 }] } }],
  ] as const
) {
  Deno.test(`jsonObjects() reads ${name}`, () => {
    const [object] = jsonObjects(text);
    assert.deepEqual(
      JSON.parse(JSON.stringify(object)),
      JSON.parse(JSON.stringify(expected)),
    );
    assert.deepEqual(Object.keys(object!), Object.keys(expected));
  });
}

Deno.test("jsonObjects() gives no way to the prototype", () => {
  const [object] = jsonObjects(
    '{"__proto__": {"polluted": 1}, "constructor": 2}',
  );
  assert.equal(object!.constructor, 2);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("jsonObjects() stays fast on what would make it try again and again", () => {
  const nasty = [
    "{".repeat(50_000),
    '{"a":'.repeat(10_000),
    "{'".repeat(20_000),
    `{"a":"${"\\".repeat(50_001)}`,
  ];
  const start = performance.now();
  for (const text of nasty) assert.deepEqual(objectsIn(text), []);
  assert.ok(performance.now() - start < 5000, `${performance.now() - start}`);
});

Deno.test("withoutThinking() stays fast on thoughts that open and never end", () => {
  const start = performance.now();
  assert.equal(withoutThinking("<think>".repeat(100_000)), "");
  assert.equal(
    withoutThinking(`</think>a${"<think>".repeat(100_000)}`),
    "a",
  );
  assert.ok(performance.now() - start < 5000);
});

Deno.test("withoutThinking() drops closed, unopened and unending thoughts", () => {
  assert.equal(withoutThinking("<think>{}</think>a"), "a");
  assert.equal(withoutThinking("so {} it is\n</think>\n\nb"), "\n\nb");
  assert.equal(withoutThinking("c<thinking>for ever {}"), "c");
  assert.equal(withoutThinking("d"), "d");
});
