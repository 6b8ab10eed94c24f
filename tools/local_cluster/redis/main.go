// Redis in memory, at the address that it is called with: the cache of an Argo CD that lives as long as its tests.
package main

import (
	"log"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(os.Args[1]); err != nil {
		log.Fatal(err)
	}
	// Its time stands still unless told: no key would ever expire.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
}
