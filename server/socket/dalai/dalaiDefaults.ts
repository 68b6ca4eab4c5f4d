/** Dalai ran one of two engines, with defaults of their own. */
export type DalaiFamily = "llama" | "alpaca";

/**
 * What a request that leaves a field out gets, by Dalai's names. `n_predict` is Dalai's own default, the rest the engines'.
 * Source: dalai 0.3.1 index.js; candywrap/llama.cpp and alpaca.cpp utils.h (`gpt_params`), March 2023.
 */
export const dalaiDefaults: Record<
  DalaiFamily,
  { n_predict: number; temp: number; top_k: number; top_p: number; repeat_last_n: number; repeat_penalty: number }
> = {
  llama: { n_predict: 128, temp: 0.8, top_k: 40, top_p: 0.95, repeat_last_n: 64, repeat_penalty: 1.1 },
  alpaca: { n_predict: 128, temp: 0.1, top_k: 40, top_p: 0.95, repeat_last_n: 64, repeat_penalty: 1.3 },
};
