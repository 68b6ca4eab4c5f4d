/**
 * Whoever reads a pipe may go before its end (`| head`): what was begun is finished all the same, and nobody hears of it. What cannot be
 * written for another reason, as on a full disk, is told once and is a failure.
 */
export function guardOutput(): void {
  let isTold = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || isTold) return;
    isTold = true;
    process.exitCode = 1;
    console.error(`What is printed cannot be written (${error.code ?? error.message}).`);
  });
  process.stderr.on("error", () => {});
}
