import { dirname } from "node:path";
import koffi from "koffi";
import { AppError } from "../../platform/AppError.js";
import { findGgmlLibrary } from "../quantize/ggmlLibrary.js";

/** What of `struct llama_model_params` and `struct llama_context_params` is set or looked at here. */
interface ModelParams {
  n_gpu_layers: number;
  use_extra_bufts: boolean;
  load_mtp: boolean;
}
interface ContextParams {
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_threads: number;
  n_threads_batch: number;
  yarn_beta_slow: number;
  type_v: number;
  offload_kqv: boolean;
  n_samplers: number | bigint;
}

/** Tokens that are computed: the beginning of a text, and what the model makes of it. */
const tokenCount = 2;
/** enum ggml_log_level */
const errorLevel = 4;

/**
 * Loads a GGUF file with llama.cpp and computes a few tokens from all of its weights, which stay mapped: nothing is copied or repacked
 * for the processor's kernels, as an engine that is to be fast does it, so that memory does not grow with the weights. A bad file can
 * abort the process. Returns `false` for a model that is not there to continue texts.
 *
 * Source of the structures: llama.cpp v0.5.0 `include/llama.h`; a library that has others is not used.
 * Throws AppError `model_load_failed`, `quantizer_unavailable`.
 */
export function tryWeights(weightsPath: string, options: { contextTokens: number; threadCount: number }): boolean {
  const llama = openLlama();
  const modelParams = { ...llama.modelDefaults(), n_gpu_layers: 0, use_extra_bufts: false };
  const model = llama.loadModel(weightsPath, modelParams);
  if (model === null) throw failed(llama.complaint());
  const { contextTokens, threadCount } = options;
  const context = llama.makeContext(model, {
    ...llama.contextDefaults(),
    n_ctx: contextTokens,
    n_batch: tokenCount,
    n_ubatch: tokenCount,
    n_threads: threadCount,
    n_threads_batch: threadCount,
  });
  if (context === null) throw failed(llama.complaint());
  const vocabulary = llama.vocabulary(model);
  const size = llama.vocabularySize(vocabulary);
  let token = Math.max(0, llama.firstToken(vocabulary));
  for (let count = 0; count < tokenCount; count++) {
    const status = llama.decode(context, llama.batchOf(Int32Array.of(token), 1));
    if (status !== 0) throw failed(llama.complaint() ?? `its first tokens cannot be computed (status ${status})`);
    const pointer = llama.logits(context, -1);
    if (pointer === null) return false;
    const logits: number[] = koffi.decode(pointer, "float", size);
    if (!logits.every(Number.isFinite)) throw failed("what it computes is no number");
    token = logits.indexOf(logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY));
  }
  return true;
}

function failed(reason: string | undefined): AppError {
  return new AppError("model_load_failed", `The model cannot be loaded: ${reason ?? "the engine gives no reason"}`, {
    hint: "The file may be damaged, or of a kind that the engine does not know.",
  });
}

type Pointer = bigint | null;

function openLlama() {
  const path = findGgmlLibrary("llama");
  let library: ReturnType<typeof koffi.load>;
  let ggml: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(path, { lazy: true });
    ggml = koffi.load(findGgmlLibrary("ggml"), { lazy: true });
  } catch (cause) {
    throw new AppError("quantizer_unavailable", "The engine's library could not be loaded.", { cause });
  }
  declareStructures();
  const logCallback = koffi.proto("void LlamaLogCallback(int level, const char *text, void *user)");
  let complaint: string | undefined;
  const onLog = koffi.register((level: number, text: string) => {
    // The first one names the reason, those that follow only say that it did not work.
    if (level === errorLevel) complaint ??= text.trim();
  }, koffi.pointer(logCallback));
  const setLog: (callback: bigint, user: null) => void = library.func(
    "void llama_log_set(LlamaLogCallback *callback, void *user)",
  );
  const loadBackends: (folder: string) => void = ggml.func("void ggml_backend_load_all_from_path(const char *folder)");
  const initBackend: () => void = library.func("void llama_backend_init()");
  const modelDefaults: () => ModelParams = library.func("llama_model_params llama_model_default_params()");
  const contextDefaults: () => ContextParams = library.func("llama_context_params llama_context_default_params()");
  const [model, context] = [modelDefaults(), contextDefaults()];
  const fits =
    model.n_gpu_layers === -1 &&
    model.use_extra_bufts &&
    !model.load_mtp &&
    context.n_ctx === 512 &&
    context.n_batch === 2048 &&
    context.yarn_beta_slow === -1 &&
    context.type_v === 1 &&
    context.offload_kqv &&
    Number(context.n_samplers) === 0;
  if (!fits)
    throw new AppError("quantizer_unavailable", "The installed engine has other structures than this release's.");
  setLog(onLog, null);
  loadBackends(dirname(path));
  initBackend();
  const loadModel: (path: string, params: ModelParams) => Pointer = library.func(
    "void *llama_model_load_from_file(const char *path, llama_model_params params)",
  );
  const makeContext: (model: Pointer, params: ContextParams) => Pointer = library.func(
    "void *llama_init_from_model(void *model, llama_context_params params)",
  );
  const vocabulary: (model: Pointer) => Pointer = library.func("void *llama_model_get_vocab(const void *model)");
  const vocabularySize: (vocabulary: Pointer) => number = library.func("int llama_vocab_n_tokens(const void *vocab)");
  const firstToken: (vocabulary: Pointer) => number = library.func("int llama_vocab_bos(const void *vocab)");
  const batchOf: (tokens: Int32Array, count: number) => object = library.func(
    "llama_batch llama_batch_get_one(int32_t *tokens, int32_t n_tokens)",
  );
  const decode: (context: Pointer, batch: object) => number = library.func(
    "int llama_decode(void *context, llama_batch batch)",
  );
  const logits: (context: Pointer, index: number) => Pointer = library.func(
    "float *llama_get_logits_ith(void *context, int index)",
  );
  return {
    complaint: () => complaint,
    modelDefaults,
    contextDefaults,
    loadModel,
    makeContext,
    vocabulary,
    vocabularySize,
    firstToken,
    batchOf,
    decode,
    logits,
  };
}

function declareStructures(): void {
  koffi.struct("llama_model_params", {
    devices: "void *",
    tensor_buft_overrides: "void *",
    n_gpu_layers: "int32_t",
    split_mode: "int32_t",
    load_mode: "int32_t",
    lazy_mode: "int32_t",
    main_gpu: "int32_t",
    tensor_split: "void *",
    progress_callback: "void *",
    progress_callback_user_data: "void *",
    kv_overrides: "void *",
    vocab_only: "bool",
    check_tensors: "bool",
    use_extra_bufts: "bool",
    no_host: "bool",
    no_alloc: "bool",
    load_mtp: "bool",
  });
  koffi.struct("llama_context_params", {
    n_ctx: "uint32_t",
    n_batch: "uint32_t",
    n_ubatch: "uint32_t",
    n_seq_max: "uint32_t",
    n_rs_seq: "uint32_t",
    n_outputs_max: "uint32_t",
    n_outputs_max_per_seq: "uint32_t",
    n_threads: "int32_t",
    n_threads_batch: "int32_t",
    ctx_type: "int32_t",
    rope_scaling_type: "int32_t",
    pooling_type: "int32_t",
    attention_type: "int32_t",
    flash_attn_type: "int32_t",
    rope_freq_base: "float",
    rope_freq_scale: "float",
    yarn_ext_factor: "float",
    yarn_attn_factor: "float",
    yarn_beta_fast: "float",
    yarn_beta_slow: "float",
    yarn_orig_ctx: "uint32_t",
    defrag_thold: "float",
    cb_eval: "void *",
    cb_eval_user_data: "void *",
    type_k: "int32_t",
    type_v: "int32_t",
    abort_callback: "void *",
    abort_callback_data: "void *",
    embeddings: "bool",
    offload_kqv: "bool",
    no_perf: "bool",
    op_offload: "bool",
    swa_full: "bool",
    kv_unified: "bool",
    samplers: "void *",
    n_samplers: "size_t",
    ctx_other: "void *",
  });
  koffi.struct("llama_batch", {
    n_tokens: "int32_t",
    token: "int32_t *",
    embd: "float *",
    pos: "int32_t *",
    n_seq_id: "int32_t *",
    seq_id: "void *",
    logits: "int8_t *",
  });
}
