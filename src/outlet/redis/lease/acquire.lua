-- Takes the lease where nobody holds it.
-- KEYS: the lease, the last fencing number. ARGV: 1 the holder's description after its number, 2 the term in ms,
-- 3 the highest number that the caller has seen, 4 '1': take it even where the server has lost that number.
local holder = redis.call('GET', KEYS[1])
if holder then
  return {'held', holder, tostring(redis.call('PTTL', KEYS[1]))}
end
local seen = tonumber(ARGV[3])
if (tonumber(redis.call('GET', KEYS[2]) or '0') or 0) < seen then
  if ARGV[4] ~= '1' then
    return {'lost'}
  end
  redis.call('SET', KEYS[2], ARGV[3])
end
local fence = redis.call('INCR', KEYS[2])
local token = '{"fence":' .. fence .. ',' .. ARGV[1]
redis.call('SET', KEYS[1], token, 'NX', 'PX', ARGV[2])
return {'ours', token}
