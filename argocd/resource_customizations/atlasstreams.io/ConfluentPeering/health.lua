-- The operator says in the Ready condition how far the peering is from what is wanted, in one sentence. Beside it,
-- Requested is True once the Confluent Cloud side has done its part, Stalled is there only while somebody has to act,
-- and Synced is False while Confluent Cloud cannot be read.

local function condition(status, kind)
  if type(status.conditions) == "table" then
    for _, found in pairs(status.conditions) do
      if type(found) == "table" and found.type == kind then
        return found
      end
    end
  end
  return {}
end

local function contains(list, wanted)
  for _, found in pairs(list or {}) do
    if found == wanted then
      return true
    end
  end
  return false
end

local function health_of(metadata, status)
  local deleting = metadata.deletionTimestamp ~= nil
  local ready = condition(status, "Ready")
  if status.observedGeneration ~= metadata.generation then
    if deleting then
      return "Progressing", "The operator has not taken up the deletion yet."
    end
    -- The CRD defaults it to -1.
    if (status.observedGeneration or -1) == -1 then
      return "Progressing", "The operator has not looked at this object yet."
    end
    return "Progressing", "The operator has not taken up the latest change yet."
  end
  if condition(status, "Stalled").status == "True" then
    return "Degraded", ready.message
  end
  -- The Atlas side has to accept what is requested, and what accepts it may be in a later wave, which would wait forever.
  if not deleting and (ready.status == "True" or condition(status, "Requested").status == "True") then
    return "Healthy", ready.message
  end
  -- A suspended object whose peering is connected or requested anyway is Healthy above.
  if ready.reason == "Suspended" then
    return "Suspended", ready.message
  end
  return "Progressing", ready.message or "The operator has not said yet how the peering is."
end

local status = {}
if type(obj.status) == "table" then
  status = obj.status
end

local hs = {}
hs.status, hs.message = health_of(obj.metadata, status)

-- An outage of Confluent Cloud changes no health: what is shown is the last that is known.
local synced = condition(status, "Synced")
if synced.status == "False" and synced.message and synced.reason ~= condition(status, "Ready").reason then
  hs.message = (hs.message and hs.message .. " " or "") .. "That is the last known state: " .. synced.message
end

-- A deletion waits for Confluent Cloud, and may need somebody to act. Argo CD's own message lists the finalizers of
-- others.
if obj.metadata.deletionTimestamp ~= nil and contains(obj.metadata.finalizers, "atlasstreams.io/cleanup") then
  hs.deletionMessage = hs.message
end

return hs
