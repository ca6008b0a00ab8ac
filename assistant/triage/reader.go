package triage

// Reader gives the command that trains the classifier the features that the classifier sees.
type Reader struct{ t *Triage }

// NewReader returns a reader over the rules' normalisation.
func NewReader(t *Triage) *Reader { return &Reader{t} }

// Feature is the hash of a feature and its kind. Of a kind with n features that the weights know, each counts
// Share(kind) / √n.
type Feature struct {
	Hash uint32
	Kind int
}

// Share is the length of a kind of features.
func Share(kind int) float32 { return shares[kind] }

// Kinds is how many kinds there are.
const Kinds = kinds

// distinct keeps each feature once.
type distinct struct {
	seen map[uint32]bool
	list []Feature
}

func (d *distinct) add(kind int, hash uint32) {
	if !d.seen[hash] {
		d.seen[hash] = true
		d.list = append(d.list, Feature{hash, kind})
	}
}

// Features lists the distinct features of each stretch of a message, the whole first.
func (r *Reader) Features(raw string) [][]Feature {
	var all [][]Feature
	r.t.windows(r.t.normalise(raw), func(w *reading) {
		w.claim()
		for _, s := range w.stretches() {
			d := distinct{seen: map[uint32]bool{}}
			w.collect(s, &d)
			all = append(all, d.list)
		}
	})
	return all
}
