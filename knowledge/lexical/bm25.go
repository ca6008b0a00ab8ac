package lexical

import (
	"cmp"
	"math"
	"slices"
)

// BM25 parameters (Robertson and Zaragoza 2009), measured best on Chinese policy text with these terms.
const (
	k1 = 1.2
	b  = 0.75
)

// Mean lengths in terms. They are fixed so that a stored vector never depends on the rest of the collection.
const (
	PassageLength = 300 // about 150 characters with title and heading path
	AskLength     = 28  // about 15 characters
)

// Vector is a sparse vector by dimension.
type Vector map[int32]float32

// maxTerms is the most non-zeros of a stored vector: at eight bytes each it must fit a PostgreSQL page.
const maxTerms = 900

// Document returns the document side of BM25 for text: saturated, length-normalised term frequencies.
// Of a text with more terms than fit, the most frequent are kept.
func Document(text string, meanLength float64) Vector {
	terms := Terms(text)
	var length float64
	for _, tf := range terms {
		length += tf
	}
	v := make(Vector, len(terms))
	for _, term := range mostFrequent(terms) {
		tf := terms[term]
		v[Dimension(term)] += float32(tf * (k1 + 1) / (tf + k1*(1-b+b*length/meanLength)))
	}
	return v
}

func mostFrequent(terms map[string]float64) []string {
	names := make([]string, 0, len(terms))
	for term := range terms {
		names = append(names, term)
	}
	if len(names) > maxTerms {
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(terms[b], terms[a]), cmp.Compare(a, b))
		})
		names = names[:maxTerms]
	}
	return names
}

// Statistics are what the query side knows of a collection.
type Statistics struct {
	N  int
	DF map[int32]int
}

// IDF is the inverse document frequency of a dimension.
func (s Statistics) IDF(dim int32) float64 {
	df := float64(s.DF[dim])
	return math.Log(1 + (float64(s.N)-df+0.5)/(df+0.5))
}
