local actions = {}

actions["reconcile"] = {
  ["iconClass"] = "fa fa-fw fa-sync",
  ["displayName"] = "Look at Atlas now",
  ["disabled"] = false,
}

return actions
