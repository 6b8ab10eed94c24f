local suspended = type(obj.spec) == "table" and obj.spec.suspend == true

local actions = {}

actions["reconcile"] = {
  ["iconClass"] = "fa fa-fw fa-sync",
  ["displayName"] = "Look at Atlas now",
  ["disabled"] = false,
}
actions["suspend"] = {
  ["iconClass"] = "fa fa-fw fa-pause",
  ["displayName"] = "Suspend: take no request",
  ["disabled"] = suspended,
}
actions["resume"] = {
  ["iconClass"] = "fa fa-fw fa-play",
  ["displayName"] = "Resume",
  ["disabled"] = not suspended,
}

return actions
