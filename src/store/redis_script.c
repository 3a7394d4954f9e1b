/*
 * redis_script.c - the Lua scripts.
 */
#include "store/redis_script.h"

const char redis_script_vote[] =
    "local function number(key, field)\n"
    "  local value = redis.call('HGET', key, field)\n"
    "  if value and #value <= 10 and string.find(value, '^%d+$') then return tonumber(value) end\n"
    "  return 0\n"
    "end\n"
    "local function text(value) return string.format('%.0f', math.min(value, 4294967295)) end\n"
    "local kind, day, source = ARGV[1], ARGV[2], ARGV[3]\n"
    "local ahead = tonumber(day) - math.floor(tonumber(redis.call('TIME')[1]) / 86400)\n"
    "if ahead > 1 then\n"
    "  return redis.error_reply('CLOCK of this host is ' .. ahead .. ' days ahead of the server')\n"
    "end\n"
    "local oldest = tonumber(ARGV[7]) - math.max(ahead, 0)\n"
    "local first, votes, fresh = 2, KEYS[1], #KEYS == 4 and redis.call('EXISTS', KEYS[2]) == 0\n"
    "local hosts = fresh and number(KEYS[4], 'n') or 0\n"
    "if fresh and hosts >= tonumber(ARGV[10]) then first, votes, fresh = 3, KEYS[4], false end\n"
    "local share, all = number(votes, kind .. source), number(votes, kind)\n"
    "local counted = math.min(tonumber(ARGV[4]), tonumber(ARGV[5]) - all, tonumber(ARGV[6]) - share)\n"
    "if counted <= 0 then return 0 end\n"
    "local last, counts = math.min(#KEYS, 3), {}\n"
    "for i = first, last do counts[i] = number(KEYS[i], kind .. day) end\n"
    "for i = first, last do\n"
    "  if redis.call('HSET', KEYS[i], kind .. day, text(counts[i] + counted)) == 1 then\n"
    "    for _, field in ipairs(redis.call('HKEYS', KEYS[i])) do\n"
    "      local old = string.match(field, '^[hs](%-?%d+)$')\n"
    "      if old and tonumber(old) < oldest then redis.call('HDEL', KEYS[i], field) end\n"
    "    end\n"
    "  end\n"
    "  redis.call('EXPIRE', KEYS[i], ARGV[8])\n"
    "end\n"
    "redis.call('HSET', votes, kind .. source, text(share + counted), kind, text(all + counted))\n"
    "redis.call('EXPIRE', votes, ARGV[9])\n"
    "if fresh then\n"
    "  redis.call('HSET', KEYS[4], 'n', text(hosts + 1))\n"
    "  redis.call('EXPIRE', KEYS[4], ARGV[9])\n"
    "end\n"
    "return counted\n";

const char redis_script_put_days[] = "redis.call('HSET', KEYS[1], 'h' .. ARGV[1], ARGV[2], 's' .. ARGV[1], ARGV[3])\n"
                                     "redis.call('EXPIRE', KEYS[1], ARGV[4])\n"
                                     "return 1\n";

const char redis_script_put_suspension[] =
    "local oldest = math.min(tonumber(ARGV[3]), tonumber(redis.call('TIME')[1]) - tonumber(ARGV[4]))\n"
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])\n"
    "local rows = redis.call('HGETALL', KEYS[1])\n"
    "for i = 1, #rows, 2 do\n"
    "  local over = string.match(rows[i + 1], '^(%d+) ')\n"
    "  if over and tonumber(over) < oldest then redis.call('HDEL', KEYS[1], rows[i]) end\n"
    "end\n"
    "return 1\n";

const char redis_script_put_entry[] = "redis.call('SISMEMBER', KEYS[2], ARGV[1])\n"
                                      "redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])\n"
                                      "redis.call('SADD', KEYS[2], ARGV[1])\n"
                                      "return 1\n";

const char redis_script_remove_entry[] = "redis.call('SISMEMBER', KEYS[2], ARGV[1])\n"
                                         "redis.call('HDEL', KEYS[1], ARGV[2])\n"
                                         "if redis.call('EXISTS', KEYS[1]) == 0 then\n"
                                         "  redis.call('SREM', KEYS[2], ARGV[1])\n"
                                         "end\n"
                                         "return 1\n";
