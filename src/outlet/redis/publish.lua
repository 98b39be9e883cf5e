-- Publishes one edition in one step: readers see all of it or nothing.
-- KEYS: the hash of latest quotes, the lock, the heartbeat, the last sequence number, the stream; where several hosts
-- share one stack, the lease.
-- ARGV: 1 the publisher's token, 2 the dead holder's token that it may replace ('' for none), 3 the lock's term in ms,
-- 4 the sequence number expected, 5 the one after this edition, 6 the heartbeat, 7 its term in ms, 8 the channel prefix,
-- 9 the stream's length (0: no stream), 10 how many quotes, 11 the lease's value; from 12 symbol and JSON of each quote,
-- then of each departure.
local latest, lock, heartbeat, last_seq, stream = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local first, quotes = 12, tonumber(ARGV[10])
local departures = first + 2 * quotes

if KEYS[6] and redis.call('GET', KEYS[6]) ~= ARGV[11] then
  return {'fenced'}
end
local holder = redis.call('GET', lock)
if holder and holder ~= ARGV[1] and (ARGV[2] == '' or holder ~= ARGV[2]) then
  return {'moved'}
end
if (redis.call('GET', last_seq) or '') ~= ARGV[4] then
  return {'moved'}
end

-- A script is not undone when it fails half-way, so what could fail after the first write is looked at before it.
local function must_be(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a ' .. kind)
  end
end
local with_stream = ARGV[9] ~= '0'
local wrong = must_be(latest, 'hash') or (with_stream and must_be(stream, 'stream'))
if wrong then
  return wrong
end
local function may(...)
  if redis.acl_check_cmd and not redis.acl_check_cmd(...) then -- since Redis 7
    return redis.error_reply('NOPERM no permission for ' .. table.concat({...}, ' ', 1, 2))
  end
end
if ARGV[first] then
  local refused = may('PUBLISH', ARGV[8] .. ARGV[first], '') or may('HSET', latest, '', '') or may('HDEL', latest, '')
    or may('SET', heartbeat, '') or may('SET', last_seq, '') or may('SET', lock, '')
    or (with_stream and may('XADD', stream, '*', 'symbol', ''))
  if refused then
    return refused
  end
end

-- The hash comes first: the server refuses the first write, and only that, when its memory is full. Lua's unpack is
-- limited to some 8,000 values.
local step = 1000
for from = first, departures - 1, step do
  redis.call('HSET', latest, unpack(ARGV, from, math.min(from + step, departures) - 1))
end
for at = first, #ARGV, 2 do
  if with_stream then
    redis.call('XADD', stream, 'MAXLEN', '~', ARGV[9], '*', 'symbol', ARGV[at], 'json', ARGV[at + 1])
  end
  redis.call('PUBLISH', ARGV[8] .. ARGV[at], ARGV[at + 1])
end
for at = departures, #ARGV, 2 do
  redis.call('HDEL', latest, ARGV[at])
end
redis.call('SET', heartbeat, ARGV[6], 'PX', ARGV[7])
redis.call('SET', last_seq, ARGV[5])
redis.call('SET', lock, ARGV[1], 'PX', ARGV[3])
return {'done'}
