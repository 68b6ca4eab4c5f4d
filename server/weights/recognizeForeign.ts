import type { RandomBytes } from "./RandomBytes.js";

/** What people have on their disks in the place of weights. */
export interface ForeignFile {
  /** Ends the sentence "it is …". */
  readonly what: string;
  readonly hint: string;
}

const saved =
  "Something else was saved in the place of the file, as happens when one has to log in first. Download it again.";
const packed = "Unpack it and give what is in it.";
const text = (pattern: RegExp) => (head: Buffer) => pattern.test(head.toString("latin1"));
const bytes =
  (...values: number[]) =>
  (head: Buffer) =>
    head.subarray(0, values.length).equals(Uint8Array.from(values));

const kinds: readonly (ForeignFile & { readonly matches: (head: Buffer) => boolean })[] = [
  {
    matches: text(/^version https:\/\/(git-lfs|hawser)\.github\.com\//),
    what: "a Git LFS pointer, a note that stands for the real file",
    hint: `Fetch the real file: "git lfs pull" in its folder, or download it from the repository's page.`,
  },
  // A byte order mark may come first.
  { matches: text(/^(ï»¿)?\s*<(!doctype|html|head|body|\?xml)/i), what: "a web page", hint: saved },
  { matches: text(/^\s*\{\s*"(error|message|detail)"/), what: "a server's error message", hint: saved },
  { matches: bytes(0x50, 0x4b, 3, 4), what: "a zip archive", hint: packed },
  { matches: bytes(0x1f, 0x8b), what: "a compressed archive (gzip)", hint: packed },
  { matches: bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a), what: "a compressed archive (xz)", hint: packed },
  { matches: bytes(0x37, 0x7a, 0xbc, 0xaf), what: "a compressed archive (7z)", hint: packed },
];
const headBytes = 256;

/** What a file is that should hold weights and does not, by how it begins; `undefined` when that says nothing. */
export function recognizeForeign(head: Uint8Array): ForeignFile | undefined {
  const beginning = Buffer.from(head.subarray(0, headBytes));
  return kinds.find(({ matches }) => matches(beginning));
}

/** The same for a file that is open. */
export async function recognizeForeignFile(file: RandomBytes): Promise<ForeignFile | undefined> {
  return recognizeForeign(await file.read(0, Math.min(headBytes, file.sizeBytes)));
}
