package llm

// Waiting is how many callers wait for shared calls.
func (c *Client) Waiting() int {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	n := 0
	for _, f := range c.cache.flights {
		n += f.waiting
	}
	return n
}

// Proxied tells whether requests to an address may go through a proxy that the environment names.
func Proxied(address string) bool { return newHTTPClient(address).Transport.(wire).next.Proxy != nil }
