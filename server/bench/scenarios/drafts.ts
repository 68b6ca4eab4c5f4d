import type { ModelWorker } from "../../workers/ModelWorker.js";
import type { Scenario } from "../Bench.js";
import { demoModel, derivedModel } from "../benchModels.js";
import { interleave } from "../interleave.js";
import { runInWorker } from "../runInWorker.js";

const contextTokens = 512;
const subjects = [
  "a dog",
  "the sea",
  "a girl and her ball",
  "winter",
  "an old tree",
  "a boat",
  "two friends",
  "the moon",
];

/**
 * What a draft model gains at the best and costs at the worst. The big model is the one that ships with its layers widened by zeros: the
 * same function at many times the cost, so that the one that ships is right with every guess. The useless draft is that one with its
 * numbers in disorder. All of them with flash attention, which guessing brings along.
 */
export const drafts: Scenario = {
  name: "drafts",
  title: "Draft models: a perfect one and a useless one beside none",
  async run(bench, recorder) {
    const big = await derivedModel("wide", { widened: bench.quick ? 8 : 32 });
    const useless = await derivedModel("scrambled", { scrambled: true });
    const held = { flashAttention: "on" } as const;
    const draft = (modelPath: string) => ({ draft: { modelPath, contextTokens, maxThreads: 1, guessTokens: 8 } });
    const workers: [name: string, worker: ModelWorker][] = [
      ["no draft", await bench.worker(big, contextTokens, held)],
      ["a perfect draft", await bench.worker(big, contextTokens, { ...held, ...draft(demoModel().weightsPath) })],
      ["a useless draft", await bench.worker(big, contextTokens, { ...held, ...draft(useless.weightsPath) })],
    ];
    const guesses = { guessed: 0, accepted: 0 };
    await interleave(
      bench.rounds(30),
      workers.map(([name, worker]) => ({
        name,
        run: async (round) => {
          const subject = subjects[(round + 1) % subjects.length];
          const prompt = `### Instruction:\nTell me a story about ${subject}.\n\n### Response:\n`;
          const { tokensPerSecond = 0, promptEvalMs = 0, ...rest } = await runInWorker(worker, prompt, 160);
          if (round < 0) return;
          recorder.add(name, "tok/s", tokensPerSecond);
          recorder.add(`${name}: first token`, "ms", promptEvalMs);
          if (name !== "a perfect draft") return;
          guesses.guessed += rest.guessedTokens ?? 0;
          guesses.accepted += rest.acceptedTokens ?? 0;
        },
      })),
      recorder,
    );
    recorder.note(`of the perfect draft's ${guesses.guessed} guesses ${guesses.accepted} were right`);
    for (const [name, least] of [
      ["a perfect draft", 1.1],
      ["a useless draft", 0.97],
    ] as const) {
      recorder.ratio(`${name} / no draft`, name, "no draft");
      recorder.goal("issue 6", `${name} / no draft`, "p50", "≥", least);
    }
  },
};
