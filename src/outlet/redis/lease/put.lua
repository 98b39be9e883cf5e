-- Puts a value with a term, for the holder of the lease only.
-- KEYS: the lease, the value's key. ARGV: 1 the lease's value, 2 the value, 3 its term in ms.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return {'fenced'}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {'done'}
