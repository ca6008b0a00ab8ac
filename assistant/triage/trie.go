package triage

import "math/bits"

// trie is a table of the edges of a trie made for reading: the root's edges by character, all others in an open hash
// table. Node 0 is the root, and as a target it means that there is no edge.
type trie struct {
	root  []int32
	keys  []uint64 // node and rune of an edge
	nodes []int32
}

// Most words begin with a character of this range.
const rootFrom, rootTo = 0x4E00, 0xA000

func newTrie(edges map[edge]int32) trie {
	t := trie{root: make([]int32, rootTo-rootFrom), keys: make([]uint64, 2<<bits.Len(uint(len(edges))))}
	t.nodes = make([]int32, len(t.keys))
	for e, node := range edges {
		if e.node == 0 && e.r >= rootFrom && e.r < rootTo {
			t.root[e.r-rootFrom] = node
			continue
		}
		i := t.slot(e.node, e.r)
		t.keys[i], t.nodes[i] = key(e.node, e.r), node
	}
	return t
}

func key(node int32, r rune) uint64 { return uint64(node)<<21 | uint64(r) }

func (t *trie) slot(node int32, r rune) uint64 {
	k := key(node, r)
	mask := uint64(len(t.keys) - 1)
	i := (k * 0x9E3779B97F4A7C15 >> 32) & mask
	for t.nodes[i] != 0 && t.keys[i] != k {
		i = (i + 1) & mask
	}
	return i
}

func (t *trie) step(node int32, r rune) int32 {
	if node == 0 && r >= rootFrom && r < rootTo {
		return t.root[r-rootFrom]
	}
	return t.nodes[t.slot(node, r)]
}
