"""Lua as Argo CD runs it: version 5.1, with the few libraries that a script out of argocd-cm may use.

What is mimicked is Argo CD's util/lua/lua.go: how objects become tables, and how tables become objects again.
"""

import time
from typing import Any, Final

from lupa import lua51

_KEPT: Final = frozenset({"_G", "_VERSION", "module", "package", "require", "table"}) | {
    *("assert", "collectgarbage", "error", "getfenv", "getmetatable", "ipairs", "next", "pairs", "pcall", "print"),
    *("rawequal", "rawget", "rawset", "select", "setfenv", "setmetatable", "tonumber", "tostring", "type"),
    *("unpack", "xpcall"),
}
_RESTRICT: Final = """
function(kept, date, time)
  getmetatable("").__index = nil
  for name in pairs(_G) do
    if not kept[name] then _G[name] = nil end
  end
  package.loaded.os, package.loaded.io, package.loaded.string = nil, nil, nil
  package.preload.os = function() return {date = date, time = time} end
  package.path, package.cpath = "", ""
end
"""


class LuaScriptError(Exception):
    """A script failed."""


def run(script: str, obj: dict[str, Any]) -> Any:
    """Run a script with the global `obj`, and return what it returns."""
    lua = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    os = lua.globals().os
    lua.eval(_RESTRICT)(lua.table_from(dict.fromkeys(_KEPT, True)), os.date, os.time)
    lua.globals().obj = _to_lua(lua, obj)
    try:
        returned = lua.execute(script)
    except lua51.LuaError as error:
        raise LuaScriptError(str(error)) from error
    return _from_lua(returned)


def run_action(script: str, obj: dict[str, Any]) -> dict[str, Any]:
    """Run an action, and return the object that it makes of `obj`."""
    returned = _as_before(run(script, obj), obj)
    assert isinstance(returned, dict)
    return returned


def now() -> str:
    """Return the time, as Kubernetes writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _to_lua(lua: lua51.LuaRuntime, value: Any) -> Any:
    match value:
        case dict():
            # An entry that is null is none.
            return lua.table_from({key: _to_lua(lua, item) for key, item in value.items() if item is not None})
        case list():
            table = lua.table()
            append = lua.eval("function(table, item) table[#table + 1] = item end")
            for item in value:
                append(table, _to_lua(lua, item))
            return table
        case _:
            return value


def _from_lua(value: Any) -> Any:
    if lua51.lua_type(value) != "table":
        return value
    keys = list(value)
    if keys == list(range(1, len(keys) + 1)):
        return [_from_lua(value[key]) for key in keys]  # an empty table too
    return {key: _from_lua(value[key]) for key in keys}


def _as_before(value: Any, before: Any) -> Any:
    """Let what Lua cannot tell from an empty list be the empty mapping that it was."""
    match value, before:
        case [], dict():
            return {}
        case dict(), dict():
            return {key: _as_before(item, before.get(key)) for key, item in value.items()}
        case list(), list():
            return [_as_before(item, old) for item, old in zip(value, before, strict=False)] + value[len(before) :]
        case _:
            return value
