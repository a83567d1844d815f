import assert from "node:assert/strict";
import fc from "fast-check";
import { DECISION_SCHEMA, readDecision } from "../../src/policy/decision.ts";
import type { Pose } from "../../src/geometry/pose.ts";

const pose: Pose = { x: 1, y: 2, z: 3, yaw: 90 };
const read = (text: string, reasoning = ""): ReturnType<typeof readDecision> =>
  readDecision({ text, reasoning }, pose);

Deno.test("a move is read with its pose, yaw modulo 360", () => {
  assert.deepEqual(
    read(
      '{"reasoning": "r", "action": "move", "x": 4, "y": -5, "z": 0.5, "yaw": -90}',
    ),
    { action: "move", pose: { x: 4, y: -5, z: 0.5, yaw: 270 }, reasoning: "r" },
  );
});

Deno.test("a find is read with its box in parts of the picture", () => {
  assert.deepEqual(
    read(
      '{"action": "found", "description": "d", "left": 100, "top": 0, "right": 250, "bottom": 1200}',
    ),
    { action: "found", description: "d", box: [0.1, 0, 0.25, 1] },
  );
});

Deno.test("a move may tell of something afar, by words and a box of its own", () => {
  const sighting = (fields: string): unknown => {
    const decision = read(`{"action": "move", ${fields}}`);
    return decision?.action === "move" ? decision.sighting : undefined;
  };
  const small = '"left": 100, "top": 200, "right": 150, "bottom": 300';
  assert.deepEqual(sighting(`"description": "red", ${small}`), {
    description: "red",
    box: [0.1, 0.2, 0.15, 0.3],
  });
  assert.equal(sighting(small), undefined);
  assert.equal(sighting('"description": "red"'), undefined);
  assert.equal(
    sighting(
      '"description": "a room", "left": 0, "top": 0, "right": 1000, "bottom": 1000',
    ),
    undefined,
  );
});

const ways = [
  { number: 1, pose: { x: 5, y: 6, z: 0, yaw: 10 } },
  { number: 2, pose: { x: 7, y: 8, z: 0, yaw: 350 } },
];
const choose = (text: string): ReturnType<typeof readDecision> =>
  readDecision({ text, reasoning: "" }, pose, ways);

for (
  const [name, text, expected] of [
    ["a number", '{"action": "go", "number": 2, "turn": 0}', ways[1]!.pose],
    ["a number and a turn", '{"action": "go", "number": 2, "turn": 20}', {
      ...ways[1]!.pose,
      yaw: 10,
    }],
    ["a number in words", '{"action": "Go", "number": "1"}', ways[0]!.pose],
    ["a number for the action", '{"action": 1}', ways[0]!.pose],
    ["a bare number", '{"number": 2}', ways[1]!.pose],
    ["a turn", '{"action": "turn", "number": 0, "turn": -120}', {
      ...pose,
      yaw: 330,
    }],
    ["a pose", '{"action": "move", "number": 0, "turn": 0, "x": 4, "yaw": 7}', {
      ...pose,
      x: 4,
      yaw: 7,
    }],
  ] as const
) {
  Deno.test(`where ways are numbered, ${name} is a move`, () => {
    const decision = choose(text);
    assert.equal(decision?.action, "move");
    assert.deepEqual(decision?.action === "move" && decision.pose, expected);
  });
}

Deno.test("a number that no way has, and numbers where ways have none, are no answer", () => {
  assert.equal(choose('{"action": "go", "number": 3, "turn": 0}'), undefined);
  assert.equal(choose('{"action": "go", "turn": 30}'), undefined);
  assert.equal(read('{"action": "go", "number": 1}'), undefined);
  assert.equal(read('{"action": "turn", "turn": 90}'), undefined);
  assert.equal(
    choose('{"action": "found", "description": "d"}')?.action,
    "found",
  );
});

for (
  const [name, sides] of [
    ["upside down", '"left": 1, "top": 9, "right": 5, "bottom": 2'],
    ["empty", '"left": 0, "top": 0, "right": 0, "bottom": 0'],
    ["not whole", '"left": 1, "top": 2'],
    ["not finite", '"left": 1, "top": 2, "right": NaN, "bottom": 5'],
  ]
) {
  Deno.test(`a box that is ${name} is left out`, () => {
    assert.deepEqual(
      read(`{"action": "found", "description": "d", ${sides}}`),
      { action: "found", description: "d" },
    );
  });
}

Deno.test("a find without a description is described by its reasons", () => {
  assert.deepEqual(
    read('{"action": "found", "reasoning": "a chair", "description": ""}'),
    {
      action: "found",
      description: "a chair",
    },
  );
});

for (
  const [name, text] of [
    ["a fence", '```json\n{"action": "move", "x": 9}\n```'],
    ["words around it", 'I will {go} there: {"action": "move", "x": 9} - yes.'],
    [
      "a think tag",
      '<think>{"action": "found"}</think>{"action": "move", "x": 9}',
    ],
    [
      "the end of a think tag",
      '{"action": "found"}</think>{"action": "move", "x": 9}',
    ],
    ["another object first", '{"scene": 1} {"action": "move", "x": 9}'],
    [
      "an unknown action first",
      '{"action": "dance"} {"action": "move", "x": 9}',
    ],
    ["capitals", '{"action": " MOVE ", "x": 9}'],
    ["a unit", '{"action": "move", "x": "9 m"}'],
  ]
) {
  Deno.test(`a decision is found with ${name}`, () => {
    assert.deepEqual(read(text!), {
      action: "move",
      pose: { ...pose, x: 9 },
      reasoning: "",
    });
  });
}

Deno.test("what was thought counts only where nothing was answered", () => {
  const move = '{"action": "move", "x": 9}';
  const found = '{"action": "found", "description": "d"}';
  assert.equal(read(move, found)!.action, "move");
  assert.equal(read("", found)!.action, "found");
  assert.equal(read("<think>hm</think> ", found)!.action, "found");
  assert.equal(read("", `<think>${move}</think>${found}`)!.action, "found");
  assert.equal(read("I would rather not say.", found), undefined);
  assert.equal(read('{"reasoning": "cut', found), undefined);
});

for (
  const value of [
    "NaN",
    "Infinity",
    "-1e999",
    "null",
    '""',
    '"x"',
    "[1]",
    "true",
    "{}",
  ]
) {
  Deno.test(`${value} for a coordinate keeps the old one`, () => {
    assert.deepEqual(
      read(`{"action": "move", "x": ${value}, "yaw": ${value}}`),
      {
        action: "move",
        pose,
        reasoning: "",
      },
    );
  });
}

for (
  const text of [
    "",
    "no",
    "{}",
    '{"action": "jump"}',
    '{"action": "move", "x": 1',
    "[]",
    '{"action": {"move": 1}}',
    '{"action": null}',
  ]
) {
  Deno.test(`nothing is read into ${JSON.stringify(text)}`, () => {
    assert.equal(read(text), undefined);
  });
}

Deno.test("whatever is said, a move is finite and its words are bounded and well-formed", () => {
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom("NaN", "1e999", "12", "-0", "1e400"),
    fc.string(),
  );
  fc.assert(fc.property(
    fc.record({ x: number, y: number, z: number, yaw: number }),
    fc.string({ unit: "binary", maxLength: 3000 }),
    (fields, reasoning) => {
      const decision = read(
        JSON.stringify({ action: "move", reasoning, ...fields }),
      )!;
      assert.ok(decision.action === "move");
      assert.ok(Object.values(decision.pose).every(Number.isFinite));
      assert.ok(decision.pose.yaw >= 0 && decision.pose.yaw < 360);
      assert.ok(decision.reasoning.length <= 2000);
      assert.ok(decision.reasoning.isWellFormed());
    },
  ));
});

Deno.test("the schema keeps to what vLLM's grammars take: flat, bounded, no pattern", () => {
  const { properties, required, additionalProperties } = DECISION_SCHEMA
    .schema as {
      properties: Record<string, Record<string, unknown>>;
      required: string[];
      additionalProperties: boolean;
    };
  assert.equal(Object.keys(properties)[0], "reasoning");
  assert.equal(additionalProperties, false);
  assert.ok(required.every((name) => name in properties));
  for (const property of Object.values(properties)) {
    const keys = Object.keys(property).sort();
    switch (property.type) {
      case "string":
        assert.ok("maxLength" in property || "enum" in property);
        assert.ok(
          keys.every((key) => ["type", "maxLength", "enum"].includes(key)),
        );
        break;
      default:
        assert.ok(property.type === "number" || property.type === "integer");
        assert.deepEqual(keys, ["maximum", "minimum", "type"]);
    }
  }
});
