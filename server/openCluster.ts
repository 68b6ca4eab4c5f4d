import type { ChatAccounts } from "./chat/ChatAccounts.js";
import type { ChatStorage } from "./chat/ChatStorage.js";
import { type PerformChatRequest, performHere } from "./chat/chatRequests.js";
import { type GenerationDirectory, localGenerations } from "./chat/GenerationDirectory.js";
import type { GenerationService } from "./chat/GenerationService.js";
import { SqliteChatStorage } from "./chat/SqliteChatStorage.js";
import type { Cluster } from "./cluster/Cluster.js";
import type { Config } from "./platform/config.js";
import type { Logger } from "./platform/logger.js";
import type { HomePaths } from "./platform/paths.js";

/** What requests are served by: this process, or all nodes of a cluster. */
export interface ServingParts {
  directory: GenerationDirectory;
  chats: PerformChatRequest;
  /** From here on nothing new comes from other nodes. */
  retire(): Promise<void>;
}

/** Undefined without `--redis`; nothing of the cluster, and no library for it, is loaded then. Throws `redis_failed`. */
export async function connectCluster(
  { redisUrl }: Pick<Config, "redisUrl">,
  logger: Logger,
): Promise<Cluster | undefined> {
  if (redisUrl === undefined) return undefined;
  const loaded = await import("./cluster/Cluster.js");
  return loaded.Cluster.connect(redisUrl, logger);
}

/** Joins the cluster if there is one; `url` is where this node listens. Throws `redis_failed`. */
export async function joinCluster(
  cluster: Cluster | undefined,
  node: { url: string; generations: GenerationService; accounts: ChatAccounts },
): Promise<ServingParts> {
  if (cluster === undefined)
    return {
      directory: localGenerations(node.generations),
      chats: performHere(node.accounts),
      retire: () => Promise.resolve(),
    };
  const { generations, chats, retire } = await cluster.join(node);
  return { directory: generations, chats, retire };
}

/** One file per owner in the home, or the database that all nodes share. Throws `storage_failed`. */
export async function openChatStorage(
  { postgresUrl }: Pick<Config, "postgresUrl">,
  paths: HomePaths,
  cluster: Cluster | undefined,
  logger: Logger,
): Promise<ChatStorage> {
  if (cluster === undefined || postgresUrl === undefined) return new SqliteChatStorage(paths, logger);
  const { PostgresChatStorage } = await import("./chat/PostgresChatStorage.js");
  return PostgresChatStorage.connect(postgresUrl, cluster.temporaryMark, logger);
}
