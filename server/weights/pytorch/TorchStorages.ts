/** Where the bytes of a file's storages lie. */
export interface TorchStorages {
  /** By the pickle's key; undefined where the file has no such storage. */
  find(key: string): { readonly sizeBytes: number; offset(): Promise<number> } | undefined;
}

/** A hundred times the pickle of the largest LLaMA. */
export const pickleBytesMax = 16 * 2 ** 20;
