import { createStore, del, set, type UseStore, values } from "idb-keyval";

/** A file that waits to be sent, as it is kept in this browser. */
export interface KeptFile {
  /** Of the page that attached it; see `DraftAttachment`. */
  key: string;
  /** The chat in whose message box it waits; see `chatKey`. */
  chat: string;
  /** Whose chats they are: the server's mark of the one who is logged in. */
  account: string;
  name: string;
  text: string;
  keptAtMs: number;
}

/** Where files are kept over a reload. What cannot be kept is not: the page goes on without. */
export interface FileShelf {
  read(): Promise<KeptFile[]>;
  put(file: KeptFile): Promise<void>;
  remove(key: string): Promise<void>;
}

/** The browser's own database: larger than what text drafts are kept in. The only file that imports idb-keyval. */
export function browserShelf(): FileShelf {
  let store: UseStore | undefined;
  const run = async <T>(work: (store: UseStore) => Promise<T>, otherwise: T): Promise<T> => {
    try {
      store ??= createStore("cria-unsent-files", "files");
      return await work(store);
    } catch {
      // Storage is full, or forbidden as in private windows.
      return otherwise;
    }
  };
  return {
    read: () => run((files) => values<KeptFile>(files), []),
    put: (file) => run((files) => set(file.key, file, files), undefined),
    remove: (key) => run((files) => del(key, files), undefined),
  };
}
