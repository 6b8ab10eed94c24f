local suspended = type(obj.spec) == "table" and obj.spec.suspend == true

local DEAD = {RequestFailed = true, Disconnected = true}

-- A dead peering is renewed by the annotation that asks for a look.
local function dead(status)
  if type(status) == "table" and type(status.conditions) == "table" then
    for _, found in pairs(status.conditions) do
      if type(found) == "table" and found.type == "Ready" then
        return DEAD[found.reason] == true
      end
    end
  end
  return false
end

local actions = {}

actions["reconcile"] = {
  ["iconClass"] = "fa fa-fw fa-sync",
  ["displayName"] = "Look at Confluent Cloud now",
  ["disabled"] = false,
}
if dead(obj.status) then
  actions["reconcile"]["displayName"] = "Remove the dead peering and request a new one"
end
actions["suspend"] = {
  ["iconClass"] = "fa fa-fw fa-pause",
  ["displayName"] = "Suspend: change nothing in Confluent Cloud",
  ["disabled"] = suspended,
}
actions["resume"] = {
  ["iconClass"] = "fa fa-fw fa-play",
  ["displayName"] = "Resume",
  ["disabled"] = not suspended,
}

return actions
