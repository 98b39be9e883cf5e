-- Notes that an open was captured, whoever holds the lease by now. The note of another host stays.
-- KEYS: the claim. ARGV: 1 the record, 2 the part of it that names the host's home, 3 its term in ms.
local found = redis.call('GET', KEYS[1])
if found and string.find(found, '"state":"captured"', 1, true) and not string.find(found, ARGV[2], 1, true) then
  return {'twice', found}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return {'noted'}
