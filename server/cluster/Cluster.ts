import { setTimeout as wait } from "node:timers/promises";
import type { ChatAccounts } from "../chat/ChatAccounts.js";
import { type PerformChatRequest, performHere } from "../chat/chatRequests.js";
import type { GenerationDirectory } from "../chat/GenerationDirectory.js";
import type { OpenLog } from "../chat/GenerationLog.js";
import type { GenerationService } from "../chat/GenerationService.js";
import type { InstallService } from "../install/InstallService.js";
import type { Installs } from "../install/Installs.js";
import type { Logger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import { ClusterGenerations } from "./ClusterGenerations.js";
import { ClusterInstalls } from "./ClusterInstalls.js";
import { DeadNodes } from "./DeadNodes.js";
import { FollowedLogs } from "./FollowedLogs.js";
import { factsOf, GenerationStreams, type StoredLog } from "./GenerationStreams.js";
import { NodeCalls } from "./NodeCalls.js";
import { type Redis, RedisConnections } from "./openRedis.js";
import { type LiveNode, Presence } from "./Presence.js";
import { RedisGenerationLog } from "./RedisGenerationLog.js";
import { RoutedChats } from "./RoutedChats.js";
import { type RoomAdapter, roomAdapter } from "./roomAdapter.js";
import { type OpenTaken, TakenReplies } from "./TakenReplies.js";
import { temporaryMark } from "./temporaryIds.js";

/** A reply that is in the database and not in Redis, or whose node is gone, is looked at again after this long before it counts as left. */
const secondLookMs = 10_000;
/** Once this node shuts down, Redis gets this long to take the ends of its replies. */
const leaveMs = 8_000;

/** What a node brings when it joins. */
export interface JoiningNode {
  /** Where it listens. */
  url: string;
  generations: GenerationService;
  accounts: ChatAccounts;
}

/** What a node that has joined can do. */
export interface JoinedCluster {
  generations: GenerationDirectory;
  chats: PerformChatRequest;
  /** From here on nothing new comes from other nodes. */
  retire(): Promise<void>;
}

/**
 * This node's part in a cluster: everything that several nodes do together goes through here, and through Redis. The only door into
 * this folder for what puts a server together; nothing of it is loaded where there is no `--redis`.
 */
export class Cluster {
  readonly nodeId: string;
  readonly #connections: RedisConnections;
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #streams: GenerationStreams;
  readonly #followed: FollowedLogs;
  readonly #logger: Logger;
  #presence: Presence | undefined;
  #calls: NodeCalls | undefined;
  #deadNodes: DeadNodes | undefined;

  private constructor(nodeId: string, connections: RedisConnections, redis: Redis, subscriber: Redis, logger: Logger) {
    this.nodeId = nodeId;
    this.#connections = connections;
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#logger = logger;
    this.#streams = new GenerationStreams(redis, nodeId);
    this.#followed = new FollowedLogs(this.#streams, subscriber, logger);
    // Logs, questions and installs all listen here.
    subscriber.setMaxListeners(0);
  }

  /** Throws `redis_failed`. */
  static async connect(redisUrl: string, logger: Logger): Promise<Cluster> {
    const connections = new RedisConnections(redisUrl, logger);
    try {
      const [redis, subscriber] = [await connections.open(), await connections.openSubscriber()];
      return new Cluster(randomId(), connections, redis, subscriber, logger);
    } catch (error) {
      connections.close();
      throw error;
    }
  }

  /** In the ids of this node's temporary chats. */
  get temporaryMark(): string {
    return temporaryMark(this.nodeId);
  }

  /** Those that are alive, as far as this node knows. */
  get nodes(): LiveNode[] {
    return this.#presence?.nodes ?? [];
  }

  /** The logs of what is made here. */
  readonly openLog: OpenLog = (log) =>
    new RedisGenerationLog(
      log.id,
      factsOf(log),
      this.#streams,
      { journal: log.journal, follow: (id, shown) => this.#followed.into(id, shown) },
      this.#logger,
    );

  /** For {@link ChatAccounts}: what there is of a reply that nobody makes any more. */
  readonly leftText = async (reply: Message): Promise<string | undefined> => {
    const id = reply.generationId ?? "";
    let stored = await this.#streams.load(id);
    if (await this.#isLeft(id, stored)) {
      await wait(secondLookMs, undefined, { ref: false });
      stored = await this.#streams.load(id);
    }
    if (stored === undefined) return reply.text;
    if (!stored.ended && !(await this.#isLeft(id, stored))) return undefined;
    return stored.events.map((event) => ("text" in event ? event.text : "")).join("");
  };

  async #isLeft(id: string, stored: StoredLog | undefined): Promise<boolean> {
    if (stored === undefined) return true;
    return !stored.ended && (await this.#streams.isOrphaned(id, stored.nodeId));
  }

  /** Other nodes see this one from here on, ask it, and have what it leaves taken over. Throws `redis_failed`. */
  async join({ url, generations, accounts }: JoiningNode): Promise<JoinedCluster> {
    const { nodeId } = this;
    const [redis, subscriber, streams, followed, logger] = [
      this.#redis,
      this.#subscriber,
      this.#streams,
      this.#followed,
      this.#logger,
    ];
    const presence = new Presence(redis, { nodeId, url, running: () => generations.runningCount }, logger);
    const calls = new NodeCalls(redis, subscriber, presence, logger);
    const directory = new ClusterGenerations({ generations, streams, followed, calls, presence });
    const chats = new RoutedChats({ presence, streams, calls, generations, accounts, here: performHere(accounts) });
    const follow = (id: string, shown: Parameters<FollowedLogs["into"]>[1]) => followed.into(id, shown);
    const openTaken: OpenTaken = (id, from, journal) =>
      new RedisGenerationLog(id, from.facts, streams, { journal, from, follow }, logger);
    this.#deadNodes = new DeadNodes(presence, streams, new TakenReplies(accounts, openTaken).take, logger);
    this.#presence = presence;
    this.#calls = calls;
    await calls.listen();
    await presence.start();
    return {
      generations: directory,
      chats: chats.perform,
      retire: async () => {
        chats.close();
        await this.#deadNodes?.close();
        await presence.retire();
        // A Redis that is away must not keep this node from ending.
        setTimeout(() => this.#connections.close(), leaveMs).unref();
      },
    };
  }

  /** After {@link join}. `modelsChanged`: looks at the models folder again. */
  async openInstalls(local: InstallService, modelsChanged: () => Promise<unknown>): Promise<Installs> {
    if (this.#calls === undefined) throw new Error("installs are for nodes that have joined");
    const queueConnections = {
      queue: await this.#connections.openForLibrary(),
      worker: await this.#connections.openForLibrary(),
    };
    return ClusterInstalls.open(
      {
        nodeId: this.nodeId,
        local,
        calls: this.#calls,
        redis: this.#redis,
        subscriber: this.#subscriber,
        queueConnections,
        modelsChanged,
      },
      this.#logger,
    );
  }

  /** For socket.io: rooms over all nodes. */
  async roomAdapter(): Promise<RoomAdapter> {
    return roomAdapter(await this.#connections.openForLibrary());
  }

  /** Says goodbye, after everything that this node was making has ended. */
  async close(): Promise<void> {
    await this.#deadNodes?.close();
    await this.#presence?.close();
    this.#connections.close();
  }
}
