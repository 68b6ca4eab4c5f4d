import type { Scenario } from "../Bench.js";
import { addedLatency } from "./addedLatency.js";
import { batchSizes } from "./batchSizes.js";
import { busyMachine } from "./busyMachine.js";
import { drafts } from "./drafts.js";
import { ladder } from "./ladder.js";
import { localInstall } from "./localInstall.js";
import { longChat } from "./longChat.js";
import { longPaste } from "./longPaste.js";
import { manySockets } from "./manySockets.js";
import { nodes } from "./nodes.js";
import { onePass } from "./onePass.js";
import { quantizing } from "./quantizing.js";
import { reconnectStorm } from "./reconnectStorm.js";
import { soak } from "./soak.js";
import { startToFirstToken } from "./startToFirstToken.js";
import { stopLongPrompt } from "./stopLongPrompt.js";
import { stopStorm } from "./stopStorm.js";
import { turns } from "./turns.js";
import { users } from "./users.js";

/** In the order of the report. */
export const allScenarios: readonly Scenario[] = [
  startToFirstToken,
  addedLatency,
  stopLongPrompt,
  ladder,
  users,
  batchSizes,
  turns,
  longPaste,
  stopStorm,
  reconnectStorm,
  manySockets,
  nodes,
  longChat,
  busyMachine,
  drafts,
  quantizing,
  onePass,
  localInstall,
  soak,
];
