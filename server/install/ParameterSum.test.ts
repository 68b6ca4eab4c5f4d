import { expect, it } from "vitest";
import type { RecoveredModel } from "../weights/addDiff.js";
import { tinyCheckpoint } from "../weights/fixtures/tinyCheckpoints.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import type { SourceTensor } from "../weights/TensorSource.js";
import { ParameterSum } from "./ParameterSum.js";

/** A model of three tensors of four ones each, and 0.5 that is no tensor. */
async function model(): Promise<RecoveredModel> {
  const opened = await openCheckpoint(tinyCheckpoint("safetensors F32"));
  const tensors = new Map(
    ["a", "b", "c"].map((name): [string, SourceTensor] => [
      name,
      {
        name,
        type: "F32",
        shape: [2, 2],
        readRows: (_, rowCount) => Promise.resolve(new Uint8Array(new Float32Array(rowCount * 2).fill(1).buffer)),
      },
    ]),
  );
  return { ...opened, source: { tensors, close: () => Promise.resolve() }, parameterSum: () => 0.5 };
}

async function read(sum: ParameterSum, names: string[]): Promise<void> {
  for (const name of names) for (const row of [0, 1]) await sum.model.source.tensors.get(name)?.readRows(row, 1);
}

it("adds up all tensors once, over two runs, whatever the first one read ahead", async () => {
  const first = new ParameterSum(await model(), {});
  await read(first, ["a", "b"]);
  const kept = first.of(["a"]);
  expect(kept).toEqual({ a: 4 });
  const second = new ParameterSum(await model(), kept);
  await read(second, ["b", "c"]);
  expect(() => second.check(12.5, "Tiny")).not.toThrow();
  expect(() => second.check(12.9, "Tiny")).not.toThrow();
  expect(() => second.check(14, "Tiny")).toThrow(
    expect.objectContaining({ code: "install_wrong_model", message: expect.stringContaining("12.5000 instead of 14") }),
  );
});

it("adds up blocks that are read at once, whichever ends first", async () => {
  const opened = await model();
  const releases: (() => void)[] = [];
  const tensors = new Map(
    [...opened.source.tensors].map(([name, tensor]): [string, SourceTensor] => [
      name,
      {
        ...tensor,
        readRows: async (row, count) => {
          await new Promise<void>((resolve) => releases.push(resolve));
          return tensor.readRows(row, count);
        },
      },
    ]),
  );
  const sum = new ParameterSum({ ...opened, source: { ...opened.source, tensors } }, {});
  const tensor = sum.model.source.tensors.get("a");
  const [first, second] = [tensor?.readRows(0, 1), tensor?.readRows(1, 1)];
  releases[1]?.();
  await second;
  releases[0]?.();
  await first;
  expect(sum.of(["a"])).toEqual({ a: 4 });
});
