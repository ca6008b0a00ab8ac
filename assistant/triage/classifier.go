package triage

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
)

//go:embed weights.bin
var weights []byte

// levelHeads are the heads that tell how dangerous a message is; each says whether it reaches its level.
var levelHeads = []struct {
	name  string
	level Level
}{{"concern", Concern}, {"high", High}, {"imminent", Imminent}}

// Heads lists the heads of the classifier in the order in which they stand in the weights: one for each level from L2
// on, each category, each flag and each speaker. Each is a logistic regression over the same features.
func Heads() []string {
	var heads []string
	for _, h := range levelHeads {
		heads = append(heads, h.name)
	}
	for _, c := range Categories {
		heads = append(heads, string(c))
	}
	for n := 1; n <= 9; n++ {
		heads = append(heads, fmt.Sprintf("R%d", n))
	}
	for _, speaker := range speakers {
		heads = append(heads, string(speaker))
	}
	return heads
}

// speakers are those that the classifier can tell apart.
var speakers = []Speaker{Child, Caregiver, ThirdParty, Worker}

// Where the heads of each sort begin.
var (
	categoryHeads = len(levelHeads)
	flagHeads     = categoryHeads + len(Categories)
	speakerHeads  = flagHeads + 9
)

// Header stands before the weights.
type Header struct {
	Data     string `json:"data"` // hash of the messages and rules that they were trained on
	Features int    `json:"features"`
	Heads    []Head `json:"heads"`
}

// Head is one logistic regression: score = Bias + Scale · Σ weight · value of the feature.
type Head struct {
	Name      string  `json:"name"`
	Bias      float32 `json:"bias"`
	Scale     float32 `json:"scale"`
	Threshold float32 `json:"threshold"` // the score from which on the head speaks
	Agree     float32 `json:"agree"`     // of a level: the score from which on the claim of a rule counts
}

// model is the classifier as it stands in weights.bin.
type model struct {
	Header
	weights []int8  // by feature, then head
	rows    []int32 // an open hash table: the feature of a hash and its number + 1; its size is a power of two
	hashes  []uint32
}

const magic = "xiaohe triage weights 4\n"

// Most is the largest weight of a head as it is stored: a level head has a byte for each feature. The other heads,
// which only choose scripts and clues, share a byte between two, and look at some of the features only.
func Most(head int) int {
	if head < categoryHeads {
		return 127
	}
	return 7
}

// LevelHeads is how many of the heads tell levels; they come first.
var LevelHeads = len(levelHeads)

// Encode writes a model: the header, the hashes of the features in rising order as differences, each with a bit for
// whether all heads know it, and their weights in that order.
func Encode(h Header, hashes []uint32, weights []int8) ([]byte, error) {
	h.Features = len(hashes)
	header, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	out := binary.AppendUvarint([]byte(magic), uint64(len(header)))
	out = append(out, header...)
	last := uint32(0)
	n := len(h.Heads)
	for i, hash := range hashes {
		step := uint64(hash-last) << 1
		if !isZero(weights[i*n+categoryHeads : (i+1)*n]) {
			step |= 1
		}
		out = binary.AppendUvarint(out, step)
		last = hash
	}
	for i := range hashes {
		out = pack(out, weights[i*n:(i+1)*n])
	}
	return out, nil
}

func isZero(weights []int8) bool {
	return !slices.ContainsFunc(weights, func(w int8) bool { return w != 0 })
}

// pack writes the weights of one feature.
func pack(out []byte, row []int8) []byte {
	for _, w := range row[:categoryHeads] {
		out = append(out, byte(w))
	}
	if isZero(row[categoryHeads:]) {
		return out
	}
	for i := categoryHeads; i < len(row); i += 2 {
		b := byte(row[i]) & 0x0F
		if i+1 < len(row) {
			b |= byte(row[i+1]) << 4
		}
		out = append(out, b)
	}
	return out
}

// unpack reads what pack wrote and returns the rest; ok is false where the data ends too early.
func unpack(row []int8, all bool, data []byte) (rest []byte, ok bool) {
	size := categoryHeads
	if all {
		size += (len(row) - categoryHeads + 1) / 2
	}
	if len(data) < size {
		return nil, false
	}
	for i := range row[:categoryHeads] {
		row[i] = int8(data[i])
	}
	for i := categoryHeads; all && i < len(row); i++ {
		b := data[categoryHeads+(i-categoryHeads)/2]
		if (i-categoryHeads)%2 == 0 {
			b <<= 4
		}
		row[i] = int8(b) >> 4 // keeps the sign
	}
	return data[size:], true
}

var errWeights = errors.New("triage: these are no weights of this version")

func readModel(data []byte) (*model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	length, read := binary.Uvarint(rest)
	if !ok || read <= 0 || length > uint64(len(rest)-read) {
		return nil, errWeights
	}
	m := &model{}
	if err := json.Unmarshal(rest[read:read+int(length)], &m.Header); err != nil {
		return nil, fmt.Errorf("triage: read weights: %w", err)
	}
	rest = rest[read+int(length):]
	if !slices.EqualFunc(m.Heads, Heads(), func(h Head, name string) bool { return h.Name == name }) || m.Features < 0 || m.Features > len(rest) {
		return nil, errWeights
	}
	all, rest, ok := m.readHashes(rest)
	if !ok {
		return nil, errWeights
	}
	n := len(m.Heads)
	m.weights = make([]int8, m.Features*n)
	for i := range m.Features {
		if rest, ok = unpack(m.weights[i*n:(i+1)*n], all[i], rest); !ok {
			return nil, errWeights
		}
	}
	if len(rest) > 0 {
		return nil, errWeights
	}
	return m, nil
}

// readHashes fills the table and tells of each feature whether all heads know it.
func (m *model) readHashes(data []byte) (all []bool, rest []byte, ok bool) {
	m.rows = make([]int32, 1<<bits.Len(uint(2*m.Features)))
	m.hashes = make([]uint32, len(m.rows))
	all = make([]bool, m.Features)
	hash := uint32(0)
	for i := range m.Features {
		step, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, nil, false
		}
		data = data[n:]
		hash += uint32(step >> 1)
		all[i] = step&1 == 1
		at := m.slot(hash)
		m.hashes[at], m.rows[at] = hash, int32(i+1)
	}
	return all, data, true
}

// slot is where a hash stands in the table, or the free place where it would.
func (m *model) slot(hash uint32) int {
	mask := len(m.rows) - 1
	i := int(hash) & mask
	for m.rows[i] != 0 && m.hashes[i] != hash {
		i = (i + 1) & mask
	}
	return i
}

// rows collects the features of a stretch that the weights know, each once.
type rows struct {
	model *model
	list  [kinds][]int32
	round uint32
	taken []uint32 // by row: the round in which it was taken
}

var rowSets = sync.Pool{New: func() any { return new(rows) }}

func (m *model) rowSet() *rows {
	set := rowSets.Get().(*rows)
	if set.model != m {
		*set = rows{model: m, taken: make([]uint32, m.Features)}
	}
	return set
}

func (set *rows) reset() {
	set.round++
	for kind := range set.list {
		set.list[kind] = set.list[kind][:0]
	}
}

func (set *rows) add(kind int, hash uint32) {
	row := set.model.rows[set.model.slot(hash)] - 1
	if row >= 0 && set.taken[row] != set.round {
		set.taken[row] = set.round
		set.list[kind] = append(set.list[kind], row)
	}
}

// score adds up heads [from, to) over the collected features.
func (set *rows) score(from, to int, scores []float32) {
	m := set.model
	n := len(m.Heads)
	var buffer [64]int32
	for i := from; i < to; i++ {
		scores[i] = m.Heads[i].Bias
	}
	for kind, list := range set.list {
		if len(list) == 0 {
			continue
		}
		sums := buffer[:to-from]
		clear(sums)
		for _, row := range list {
			for i, w := range m.weights[int(row)*n+from : int(row)*n+to] {
				sums[i] += int32(w)
			}
		}
		value := shares[kind] / float32(math.Sqrt(float64(len(list))))
		for i, sum := range sums {
			scores[from+i] += float32(float32(m.Heads[from+i].Scale*value) * float32(sum))
		}
	}
}

// verdict is what the classifier makes of a window.
type verdict struct {
	best       []float32 // the highest score of each head over all stretches
	level      Level     // that the classifier supports alone
	category   Category
	start, end int // of the strongest stretch, in raw bytes
}

// read scores every stretch of a window. Categories and flags are looked at only where there is some concern.
func (m *model) read(w *reading) verdict {
	set := m.rowSet()
	defer rowSets.Put(set)
	n := len(m.Heads)
	levels := len(levelHeads)
	v := verdict{best: make([]float32, n)}
	for i := range v.best {
		v.best[i] = float32(math.Inf(-1))
	}
	scores := make([]float32, n)
	strongest := v.best[0]
	for _, s := range w.stretches() {
		if !w.isTalk(s) {
			continue
		}
		set.reset()
		w.collect(s, set)
		set.score(0, levels, scores)
		seen := levels
		if scores[0] >= someConcern {
			set.score(levels, n, scores)
			seen = n
		}
		level := m.level(scores)
		if level > v.level || level == v.level && level > None && scores[0] > strongest {
			v.level, v.category, strongest = level, m.likeliest(scores), scores[0]
			v.start, v.end = w.text.span(s.from, s.to)
		}
		for i, score := range scores[:seen] {
			v.best[i] = max(v.best[i], score)
		}
	}
	return v
}

// someConcern is the score below which a stretch says nothing of categories and flags.
const someConcern = -1

// level is the highest level whose head speaks.
func (m *model) level(scores []float32) Level {
	for i := len(levelHeads) - 1; i >= 0; i-- {
		if scores[i] >= m.Heads[i].Threshold {
			return levelHeads[i].level
		}
	}
	return None
}

// agreed is the level at which the claim of a rule counts: a head that holds the message for harmless takes it down.
// Rules alone, as they meet new wordings, raised five in a hundred harmless messages to L3.
func (m *model) agreed(v verdict, claimed Level) Level {
	for i := len(levelHeads) - 1; i >= 0; i-- {
		if l := levelHeads[i].level; l <= claimed && v.best[i] >= m.Heads[i].Agree {
			return l
		}
	}
	return min(claimed, Distress)
}

func (m *model) likeliest(scores []float32) Category {
	best := categoryHeads
	for i := best; i < flagHeads; i++ {
		if scores[i] > scores[best] {
			best = i
		}
	}
	return Category(m.Heads[best].Name)
}

// categories lists the kinds of danger that the message may be about.
func (m *model) categories(v verdict) []Category {
	const maybe = -0.5
	var all []Category
	for i := categoryHeads; i < flagHeads; i++ {
		if v.best[i] >= maybe {
			all = append(all, Category(m.Heads[i].Name))
		}
	}
	return all
}

// speaker is who most likely writes.
func (m *model) speaker(v verdict) Speaker {
	best, speaker := float32(0), Unknown
	for i, who := range speakers {
		if score := v.best[speakerHeads+i]; score > best {
			best, speaker = score, who
		}
	}
	return speaker
}

// flags lists the flags whose heads speak.
func (m *model) flags(v verdict) []Flag {
	var all []Flag
	for i := flagHeads; i < speakerHeads; i++ {
		if v.best[i] >= m.Heads[i].Threshold {
			all = append(all, Flag(m.Heads[i].Name))
		}
	}
	return all
}
