-- Renews the lease where its value is still ours.
-- KEYS: the lease. ARGV: 1 its value, 2 the term in ms.
local holder = redis.call('GET', KEYS[1])
if not holder then
  return {'gone'}
end
if holder ~= ARGV[1] then
  return {'held', holder, tostring(redis.call('PTTL', KEYS[1]))}
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'ours'}
