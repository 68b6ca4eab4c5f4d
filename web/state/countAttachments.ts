import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { waitingAttachments } from "./reduceAttachments.js";

/** Finds out what each waiting file costs in a prompt of the chosen model, one after the other. */
export function countAttachments(
  store: StoreApi<AppState>,
  dispatch: (event: AppEvent) => void,
  connection: Connection,
): void {
  let counting = false;
  /** Files that cannot be counted with a model are not tried for ever. */
  const failed = new Set<string>();

  const next = () => {
    const state = store.getState();
    const modelId = state.models.selectedId;
    if (counting || modelId === undefined || state.connection.status !== "connected") return;
    const file = waitingAttachments(state).find(
      ({ id, error, cost }) =>
        id !== undefined && !error && cost?.modelId !== modelId && !failed.has(`${modelId} ${id}`),
    );
    if (file?.id === undefined) return;
    counting = true;
    void count(modelId, file.key, file.id).finally(() => {
      counting = false;
      next();
    });
  };
  const count = async (modelId: string, key: string, id: string) => {
    const [without, withFile] = await Promise.all([
      connection.request("chat:count", { modelId, draft: "" }),
      connection.request("chat:count", { modelId, draft: "", attachmentIds: [id] }),
    ]);
    if (!without.ok || !withFile.ok) return failed.add(`${modelId} ${id}`);
    const tokens = Math.max(0, withFile.data.promptTokens - without.data.promptTokens);
    return dispatch({ type: "attachmentChanged", key, change: { cost: { modelId, tokens } } });
  };
  store.subscribe(next);
}
