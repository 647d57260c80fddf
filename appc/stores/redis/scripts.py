"""The scripts that run inside Redis. They compare and write; no rule of the domain is among them.

All keys of a call stand in one slot. `NOW` is the store's clock in microseconds: the first argument where
it is given, else Redis' own time.
"""

import hashlib
from collections.abc import Sequence

from appc.stores.redis.rounds import Argument, Command

_NOW = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
"""


class Script:
    """A script, called by its digest; whoever runs the commands sees that Redis knows it."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("NOW()", _NOW)
        self._digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def call(self, keys: Sequence[str], *arguments: Argument) -> Command:
        """The command that runs it."""
        return ("EVALSHA", self._digest, len(keys), *keys, *arguments)


#: Redis' own time, and who is alive. Keys: leases. Arguments: now. Returns: seconds, microseconds, owner, owner, …
MOMENT = Script("""
NOW()
local found = redis.call('TIME')
local leases = redis.call('HGETALL', KEYS[1])
for at = 1, #leases, 2 do
  local life, til = string.match(leases[at + 1], '^(%d+) (%d+)$')
  if now < tonumber(til) then found[#found + 1] = leases[at] .. '#' .. life end
end
return found
""")

#: Write one VNF if it is unchanged. Keys: the VNF, then whatever else is written.
#: Arguments: now, not later than, version that was read, version to be, then writes, each as its command,
#: the number of its key, how many arguments follow, and these. A repeated call finds its own version.
COMMIT = Script("""
local present = redis.call('HGET', KEYS[1], 'version') or ''
if present == ARGV[4] then return 'stored' end
if present ~= ARGV[3] then return 'changed' end
NOW()
if now > tonumber(ARGV[2]) then return 'late' end
redis.call('HSET', KEYS[1], 'version', ARGV[4])
local at = 5
while at <= #ARGV do
  local last = at + 2 + ARGV[at + 2]
  redis.call(ARGV[at], KEYS[tonumber(ARGV[at + 1])], unpack(ARGV, at + 3, last))
  at = last + 1
end
return 'stored'
""")

#: Hold three ids while they are decided on. Keys: who holds them, the records that use them.
#: Arguments: now, who asks, for how many microseconds. Returns nil while another holds them, else the records.
CLAIM = Script("""
NOW()
local holder, til = string.match(redis.call('GET', KEYS[1]) or '', '^(%S+) (%d+)$')
if holder and holder ~= ARGV[2] and now < tonumber(til) then return false end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. string.format('%.0f', now + ARGV[3]),
  'PX', string.format('%.0f', ARGV[3] / 1000))
return redis.call('HGETALL', KEYS[2])
""")

#: Hold three ids no longer. Keys as for CLAIM. Arguments: who held them, then records that need not be looked at again.
RELEASE = Script("""
if string.match(redis.call('GET', KEYS[1]) or '', '^(%S+) ') ~= ARGV[1] then return 0 end
for at = 2, #ARGV do redis.call('HDEL', KEYS[2], ARGV[at]) end
return redis.call('DEL', KEYS[1])
""")

#: Answers of one VNF are published. Keys: the VNF, its answers, its notes on unpublished ones. Arguments: names
#: of answers. Returns the owner of each, '' where it was published before.
PUBLISHED = Script("""
local owners = {}
for at, name in ipairs(ARGV) do
  local note = redis.call('HGET', KEYS[3], name)
  owners[at] = ''
  if note then
    local owner, readies, kept = unpack(cjson.decode(note))
    if readies and redis.call('HEXISTS', KEYS[1], 'open ' .. readies) == 1 then
      redis.call('HSET', KEYS[1], 'ready ' .. readies, '1')
    end
    if not kept then redis.call('HDEL', KEYS[2], name) end
    redis.call('HDEL', KEYS[3], name)
    owners[at] = owner
  end
end
return owners
""")

#: Forget the published answers of judgements. Keys: the VNF's answers, its notes on unpublished ones, then the
#: judgements. Returns how many answers are left of each.
FORGET = Script("""
local left = {}
for at = 3, #KEYS do
  for _, name in ipairs(redis.call('LRANGE', KEYS[at], 0, -1)) do
    if redis.call('HEXISTS', KEYS[2], name) == 0 then
      redis.call('HDEL', KEYS[1], name)
      redis.call('LREM', KEYS[at], 0, name)
    end
  end
  left[#left + 1] = redis.call('LLEN', KEYS[at])
end
return left
""")

#: Members out of a sorted set, unless they were written anew. Arguments: member, score as seen, member, score, …
DROP = Script("""
local dropped = 0
for at = 1, #ARGV, 2 do
  if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[at]) or '') == tonumber(ARGV[at + 1]) then
    dropped = dropped + redis.call('ZREM', KEYS[1], ARGV[at])
  end
end
return dropped
""")

#: The oldest entries of each lane; a place without an entry is cleared. Keys: lanes, what the keys of lanes begin
#: with, entries. Arguments: how many.
HEADS = Script("""
local heads = {}
for _, lane in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2] .. lane, 0, ARGV[1] - 1)) do
    local entry = redis.call('HGET', KEYS[3], id)
    if entry then heads[#heads + 1] = entry else redis.call('ZREM', KEYS[2] .. lane, id) end
  end
end
return heads
""")

#: Entries whose time has run out; a place without an entry is cleared. Keys: entries by expiry, entries.
#: Arguments: now.
EXPIRED = Script("""
NOW()
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))) do
  local entry = redis.call('HGET', KEYS[2], id)
  if entry then found[#found + 1] = entry else redis.call('ZREM', KEYS[1], id) end
end
return found
""")

#: An entry out of the queue, unless it was written anew. Keys: entries, entries by expiry, its lane.
#: Arguments: its record, the entry as seen.
LEAVE_QUEUE = Script("""
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
end
""")

#: A new life. Keys: leases. Arguments: now, controller, microseconds. Returns its number.
JOIN = Script("""
NOW()
local life = 1 + (string.match(redis.call('HGET', KEYS[1], ARGV[2]) or '', '^%d+') or 0)
redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f %.0f', life, now + ARGV[3]))
return life
""")

#: Prolong a lease that has not lapsed. Keys: leases. Arguments: now, controller, microseconds, life.
RENEW = Script("""
NOW()
local life, til = string.match(redis.call('HGET', KEYS[1], ARGV[2]) or '', '^(%d+) (%d+)$')
if life ~= ARGV[4] or now >= tonumber(til) then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], string.format('%s %.0f', life, now + ARGV[3]))
return 1
""")

#: End a life. Keys: leases. Arguments: controller, life.
LEAVE = Script("""
if string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^%d+') == ARGV[2] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' 0')
end
""")

#: A document at its next version. Keys: documents, when each was put. Arguments: now, id, document, and the
#: version it must have, or ''. Returns the new version, nil where it has another.
PUT = Script("""
NOW()
local version = tonumber(string.match(redis.call('HGET', KEYS[1], ARGV[2]) or '', '^%d+') or 0)
if ARGV[4] ~= '' and tonumber(ARGV[4]) ~= version then return false end
redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f', version + 1) .. '\\n' .. ARGV[3])
redis.call('ZADD', KEYS[2], string.format('%.0f', now), ARGV[2])
return version + 1
""")

SCRIPTS = tuple(each for each in list(globals().values()) if isinstance(each, Script))
