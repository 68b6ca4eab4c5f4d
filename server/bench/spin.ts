/** Keeps one core busy until whoever started it is gone or has killed it: the other program that wants the machine too. */
const parent = process.ppid;
let turns = 0;
while (turns++ % 1_000_000 !== 0 || process.ppid === parent);
