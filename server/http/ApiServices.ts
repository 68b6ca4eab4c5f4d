import type { ChatAccounts } from "../chat/ChatAccounts.js";
import type { PerformChatRequest } from "../chat/chatRequests.js";
import type { GenerationService } from "../chat/GenerationService.js";
import type { LoadSettingsService } from "../chat/LoadSettingsService.js";
import type { ModelRegistry } from "../models/ModelRegistry.js";
import type { Logger } from "../platform/logger.js";
import type { Engine } from "../workers/Engine.js";
import type { Observability } from "./metrics/Observability.js";

/** What the HTTP interfaces for other programs are built on. */
export interface ApiServices {
  registry: ModelRegistry;
  pool: Engine;
  generations: GenerationService;
  loading: LoadSettingsService;
  observability: Observability;
  accounts: ChatAccounts;
  chats: PerformChatRequest;
  logger: Logger;
}
