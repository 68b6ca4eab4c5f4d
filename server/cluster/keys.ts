/** Names in Redis: all of Cria's begin alike, so that others may use the same server. */
export const keys = {
  /** Hash: whose the generation is and where it is made, see `generationRecordSchema`. */
  generation: (id: string) => `cria:generation:${id}`,
  /** Stream: the generation's log; an entry's id is its `seq`. */
  log: (id: string) => `cria:log:${id}`,
  /** Channel: what is new in the log, for nodes that follow it. */
  logNews: (id: string) => `cria:log-news:${id}`,
  /** Set: what runs on a node. */
  running: (nodeId: string) => `cria:running:${nodeId}`,
  /** Hash: generations that run in a conversation, and the node of each. */
  conversation: (id: string) => `cria:conversation:${id}`,
  /** Set: nodes that have begun and were not cleared away. */
  nodes: "cria:nodes",
  /** What a node says of itself; gone when it has not said it for a while. */
  node: (id: string) => `cria:node:${id}`,
  /** Held by the one node that clears a dead one away. */
  clearing: (nodeId: string) => `cria:clearing:${nodeId}`,
  /** Channel: what a node is asked and answered. */
  inbox: (nodeId: string) => `cria:inbox:${nodeId}`,
  /** What an owner's request has started. */
  request: (owner: string, requestId: string) => `cria:request:${owner}:${requestId}`,
  /** Set: nodes that have temporary chats of an owner in their memory. */
  temporaries: (owner: string) => `cria:temporaries:${owner}`,
  /** Stream and channels of socket.io's rooms. */
  rooms: "cria:rooms",
  /** Prefix of the queue of installs. */
  installs: "cria:installs",
  /** Hash: how each install stands. */
  installStates: "cria:install-states",
  /** Hash: how installs are to be stopped whose node was gone, by model. */
  installWishes: "cria:install-wishes",
  /** Channel: what happens to installs. */
  installNews: "cria:install-news",
} as const;
