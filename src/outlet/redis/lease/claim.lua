-- Claims an open for the holder of the lease. A claim that was not finished passes to the holder of today: whoever
-- made it does not hold the lease any more, and may not store what it claimed.
-- KEYS: the lease, the claim. ARGV: 1 the lease's value, 2 the claim's record, 3 its term in ms.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return {'fenced'}
end
local found = redis.call('GET', KEYS[2])
if found and string.find(found, '"state":"captured"', 1, true) then
  return {'captured', found}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {'granted'}
