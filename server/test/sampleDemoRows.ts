/**
 * Cuts a few rows out of every tensor of the checkpoint that the demo model was made of, for the test that compares the two:
 * `node dist/server/test/sampleDemoRows.js <folder of the checkpoint>` writes `server/test/demo-rows.safetensors`.
 */
import { writeFile } from "node:fs/promises";
import { openLocalFiles } from "../weights/CheckpointFiles.js";
import { rawSafetensors } from "../weights/fixtures/tinyLlama.js";
import { openSafetensors } from "../weights/safetensors/openSafetensors.js";
import { demoRowsPath, sampledRows } from "./demoRows.js";

const source = await openSafetensors(await openLocalFiles(process.argv[2] ?? "."));
const header: Record<string, object> = {};
const pieces: Uint8Array[] = [];
let offset = 0;
for (const [name, tensor] of source.tensors) {
  const columns = tensor.shape.at(-1) ?? 1;
  const rows = sampledRows(tensor.shape);
  for (const row of rows) pieces.push(await tensor.readRows(row, 1));
  const end = offset + rows.length * columns * 2;
  header[name] = { dtype: tensor.type, shape: [rows.length, columns], data_offsets: [offset, end] };
  offset = end;
}
await source.close();
await writeFile(demoRowsPath, rawSafetensors(header, Buffer.concat(pieces)));
