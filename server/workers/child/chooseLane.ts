import { prefixLength } from "./ParkedStates.js";

export interface LaneState {
  /** The sequence's id in the engine. */
  readonly id: number;
  /** What its KV cache holds, or will when the prompt is read that it is busy with. */
  readonly tokens: readonly number[];
  /** Whose that is: how long another's prompt takes would tell what this one's was. */
  readonly owner: string;
  readonly busy: boolean;
  readonly usedAt: number;
}

/**
 * What a hole between the ids of decoding sequences costs, in tokens read again: it splits every batch of the reply in two, which
 * halves the throughput of all for as long as it runs.
 */
const holeCostTokens = 256;
/** What overwriting another conversation's cache costs: it has to be put to disk, or perhaps somebody returns to it … */
const overwriteShare = 0.25;
/** … who can read it back where it is on disk already. */
const parkedShare = 0.05;

/**
 * The free lane for a prompt: the one that costs least. Reading what its cache lacks costs a token each; besides, a lane that
 * leaves a hole between the busy ones costs, and so does one whose cache belongs to somebody else. What another lane of the same owner
 * holds can be copied, which costs as much as reading `copyCostTokens`: a new chat with a known system prompt leaves the old ones alone.
 * `isParked`: whether all of a lane's cache is on disk.
 */
export function chooseLane<Lane extends LaneState>(
  lanes: readonly Lane[],
  promptTokens: readonly number[],
  owner: string,
  copyCostTokens: number,
  isParked: (lane: Lane) => boolean,
): Lane | undefined {
  const busy = new Set(lanes.filter((lane) => lane.busy).map((lane) => lane.id));
  const prefixes = new Map(
    lanes.map((lane) => [lane, lane.owner === owner ? prefixLength(lane.tokens, promptTokens) : 0]),
  );
  const copied = Math.max(0, ...prefixes.values()) - copyCostTokens;
  const cost = (lane: Lane): number => {
    const prefix = prefixes.get(lane) ?? 0;
    const hole = busy.size > 0 && leavesHole(lane.id, busy) ? holeCostTokens : 0;
    const share = lane.tokens.length > prefix && isParked(lane) ? parkedShare : overwriteShare;
    return promptTokens.length - Math.max(prefix, copied) + (lane.tokens.length - prefix) * share + hole;
  };
  let best: { lane: Lane; tokens: number } | undefined;
  for (const lane of lanes) {
    if (lane.busy) continue;
    const tokens = cost(lane);
    if (best === undefined || tokens < best.tokens || (tokens === best.tokens && lane.usedAt < best.lane.usedAt))
      best = { lane, tokens };
  }
  return best?.lane;
}

/** True when the busy ids with this one added are not a run without gaps. */
function leavesHole(id: number, busy: ReadonlySet<number>): boolean {
  const ids = [...busy, id];
  return Math.max(...ids) - Math.min(...ids) + 1 > ids.length;
}
