import type { RedisScript } from "./defineScripts.js";

/** A log that nobody has written to for so long is one that nobody will end: its node died, and what it did was not known to the others. */
const keptUnendedSeconds = 24 * 60 * 60;

/**
 * Each step of a log is one script, so that it happens whole: nobody can write after the end, nor after another node has taken the
 * log over, and a step that is repeated because its answer was lost changes nothing.
 */
export const logScripts = {
  /** Keys: record, running set, conversation. Arguments: node, generation, then fields and values. 1: begun (or was already); 0: another node has it. */
  criaLogBegin: {
    numberOfKeys: 3,
    lua: `
local node = redis.call('HGET', KEYS[1], 'node')
if node and node ~= ARGV[1] then return 0 end
if not node then
  redis.call('HSET', KEYS[1], 'node', ARGV[1], 'last', '0', unpack(ARGV, 3))
  redis.call('SADD', KEYS[2], ARGV[2])
  if KEYS[3] ~= '' then
    redis.call('HSET', KEYS[3], ARGV[2], ARGV[1])
    redis.call('EXPIRE', KEYS[3], ${keptUnendedSeconds})
  end
end
redis.call('EXPIRE', KEYS[1], ${keptUnendedSeconds})
return 1`,
  },
  /**
   * Keys: record, stream, running set, conversation. Arguments: node, generation, channel, seq of the first entry, seconds to keep
   * after the end (0: no end among them), then the entries. Answers {what, last}: 1 stored; 0 another node has it, or it has ended;
   * 2 entries before these are missing; 3 the record is gone.
   */
  criaLogAppend: {
    numberOfKeys: 4,
    lua: `
local state = redis.call('HMGET', KEYS[1], 'node', 'last', 'ended')
if not state[1] then return {3, 0} end
local last = tonumber(state[2])
local first = tonumber(ARGV[4])
if state[1] ~= ARGV[1] then return {0, last} end
local newest = first + #ARGV - 6
if newest <= last then return {1, last} end
if state[3] then return {0, last} end
if first > last + 1 then return {2, last} end
local fresh = {}
for i = 6 + last + 1 - first, #ARGV do
  redis.call('XADD', KEYS[2], (first + i - 6) .. '-0', 'e', ARGV[i])
  fresh[#fresh + 1] = ARGV[i]
end
redis.call('HSET', KEYS[1], 'last', newest)
redis.call('PUBLISH', ARGV[3], '[' .. table.concat(fresh, ',') .. ']')
if ARGV[5] ~= '0' then
  redis.call('HSET', KEYS[1], 'ended', '1')
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
  redis.call('SREM', KEYS[3], ARGV[2])
  if KEYS[4] ~= '' then redis.call('HDEL', KEYS[4], ARGV[2]) end
else
  redis.call('EXPIRE', KEYS[1], ${keptUnendedSeconds})
  redis.call('EXPIRE', KEYS[2], ${keptUnendedSeconds})
end
return {1, newest}`,
  },
  /** Keys: record, stream. Arguments: node, seq up to which the snapshot stands for the entries, snapshot. */
  criaLogFold: {
    numberOfKeys: 2,
    lua: `
local state = redis.call('HMGET', KEYS[1], 'node', 'last')
if state[1] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'snapshot', ARGV[3])
if tonumber(state[2]) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], 'last', ARGV[2]) end
redis.call('XTRIM', KEYS[2], 'MINID', (tonumber(ARGV[2]) + 1) .. '-0')
return 1`,
  },
  /**
   * Keys: record, running set of the old node, of the new one, conversation. Arguments: old node, new node, generation. 1: taken over
   * (or was already); 0: another node has it, or it has ended.
   */
  criaLogTake: {
    numberOfKeys: 4,
    lua: `
local state = redis.call('HMGET', KEYS[1], 'node', 'ended')
if state[2] or (state[1] ~= ARGV[1] and state[1] ~= ARGV[2]) then
  redis.call('SREM', KEYS[2], ARGV[3])
  return 0
end
redis.call('HSET', KEYS[1], 'node', ARGV[2])
redis.call('SREM', KEYS[2], ARGV[3])
redis.call('SADD', KEYS[3], ARGV[3])
if KEYS[4] ~= '' then redis.call('HSET', KEYS[4], ARGV[3], ARGV[2]) end
return 1`,
  },
} as const satisfies Record<string, RedisScript>;
