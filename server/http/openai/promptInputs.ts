/** One input per text or list of tokens: a text, several texts, tokens, or several lists of tokens. */
export function promptInputs(
  input: string | string[] | number[] | number[][],
): ({ text: string } | { tokens: number[] })[] {
  if (typeof input === "string") return [{ text: input }];
  if (isNumbers(input)) return [{ tokens: input }];
  return input.map((each) => (typeof each === "string" ? { text: each } : { tokens: each }));
}

function isNumbers(input: string[] | number[] | number[][]): input is number[] {
  return typeof input[0] === "number";
}
