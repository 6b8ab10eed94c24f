// The Redis that Argo CD's own tests run on, as a program of its own: see ../build.py.
module redis

go 1.24

require (
	github.com/alicebob/miniredis/v2 v2.39.0
	github.com/yuin/gopher-lua v1.1.1 // indirect
)
