import { createHash } from "node:crypto";

/** A node that is alive, and how many generations it has. */
export interface NodeLoad {
  id: string;
  running: number;
}

/** A node may have this many times the average before others are asked … */
const mostOfAverage = 1.25;
/** … and this many in any case: where next to nothing runs, no node has too much to do. */
const alwaysFine = 4;

/**
 * The node that serves a conversation: the same one always, so that its prefix cache is hit, unless that one has too much to do. When a
 * node comes or goes, only the conversations that it gets or had move. Rendezvous hashing (Thaler and Ravishankar 1998) with bounded
 * loads (Mirrokni, Thorup and Zadimoghaddam 2018): of the nodes in the order of their scores for `key`, the first one that has fewer than
 * `ceil(1.25 × (all generations + this one) / nodes)`, or fewer than four. Undefined when there is no node.
 */
export function chooseNode(key: string, nodes: readonly NodeLoad[]): NodeLoad | undefined {
  const total = nodes.reduce((sum, { running }) => sum + running, 1);
  const most = Math.max(alwaysFine, Math.ceil((mostOfAverage * total) / nodes.length));
  return inOrderOfScore(key, nodes).find(({ running }) => running < most);
}

function inOrderOfScore(key: string, nodes: readonly NodeLoad[]): NodeLoad[] {
  return nodes
    .map((node) => ({ node, score: score(key, node.id) }))
    .sort((a, b) => (a.score < b.score ? 1 : a.score > b.score ? -1 : 0))
    .map(({ node }) => node);
}

function score(key: string, nodeId: string): bigint {
  return createHash("sha256").update(`${nodeId}\0${key}`).digest().readBigUInt64BE();
}
