package triage

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// rule is one reason for concern, written in rules/<category>.yaml.
type rule struct {
	ID    string   `yaml:"id"`
	Level Level    `yaml:"level"`
	Flags []Flag   `yaml:"flags"`
	Cue   []string `yaml:"cue"` // patterns; one of them has to be there
	And   []group  `yaml:"and"` // of each group one pattern has to be there as well
	Not   []string `yaml:"not"` // none of these may be there
	// Scope is where And and Not look: clause, sentence (usual) or message. Not never looks beyond the sentence.
	Scope string `yaml:"scope"`
	// Bare cues are not turned round by a negator before them: 没人管 carries its own.
	Bare bool `yaml:"bare"`
	// Firm rules are not lowered by a frame (policy question, fiction, past).
	Firm bool `yaml:"firm"`
	// Sure rules count whatever the classifier says. They speak in no harmless message of the training data (a test).
	Sure bool `yaml:"sure"`
	// Actor says who does harm, where the words of the rule imply it: family, worker, other. Otherwise it is read.
	Actor string `yaml:"actor"`
	// Script names the situation of the reply where the category alone would choose the wrong one.
	Script string   `yaml:"script"`
	Yes    []string `yaml:"yes"` // at least two messages in which the rule speaks at its level
	No     []string `yaml:"no"`  // at least two in which it does not

	number   int    // in the book
	hash     uint32 // of the id, for the classifier
	apart    bool   // the classifier does not see it
	category Category
	cue      []sequence
	and      [][]sequence
	not      []sequence
}

// group is a list of patterns; a single one may be written without a list.
type group []string

// UnmarshalYAML reads a group.
func (g *group) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*g = group{n.Value}
		return nil
	}
	return n.Decode((*[]string)(g))
}

// vocabulary is rules/lexicon.yaml: word classes, and the patterns that change how a cue counts.
type vocabulary struct {
	Classes     map[string][]string `yaml:"classes"`
	Idioms      []string            `yaml:"idioms"`       // a cue inside is none
	Negators    []string            `yaml:"negators"`     // turn a cue round
	NotNegators []string            `yaml:"not_negators"` // words that look like negators
	Policy      []string            `yaml:"policy"`       // a general question
	Specific    []string            `yaml:"specific"`     // a certain person, a time, an injury: no general question
	Fiction     []string            `yaml:"fiction"`      // book, film, game, news, lesson
	Involved    []string            `yaml:"involved"`     // the first person inside such a frame
	Past        []string            `yaml:"past"`         // long over
	Present     []string            `yaml:"present"`      // now, again, still
	Safe        []string            `yaml:"safe"`         // it is well now
	Family      []string            `yaml:"family"`       // who may be the guardian
	Workers     []string            `yaml:"workers"`      // whose duty it is to look after children
	Children    []string            `yaml:"children"`     // the writer is a child
	Young       []string            `yaml:"young"`        // and a small one
	Carers      []string            `yaml:"carers"`       // the writer looks after a child
	Officials   []string            `yaml:"officials"`    // the writer is a worker
	Method      []string            `yaml:"method"`       // asks for heights, doses, depths
	Calm        []string            `yaml:"calm"`         // sudden calm, goodbye
	Others      []string            `yaml:"others"`       // a child does or says it, not the writer
	Bystanders  []string            `yaml:"bystanders"`   // the writer speaks of somebody else's child

	apart []string // classes that the classifier does not see
}

// ruleBook is everything the deterministic layer knows.
type ruleBook struct {
	lexicon *lexicon
	rules   []*rule
	by      [][]cueOf // the cues by the number of their key element
	frames  map[string][]sequence
}

// loadRules reads every rule file. All mistakes are named at once.
func loadRules(files fs.FS) (*ruleBook, error) {
	var words vocabulary
	if err := readYAML(files, "rules/lexicon.yaml", &words); err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "rules/*.yaml")
	if err != nil {
		return nil, err
	}
	var sets []ruleSet
	for _, name := range names {
		if base := path.Base(name); base == "lexicon.yaml" || base == "homophones.yaml" {
			continue
		}
		set := ruleSet{name: name}
		if err := readYAML(files, name, &set); err != nil {
			return nil, err
		}
		if err := words.take(set); err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	lex, err := newLexicon(words.Classes, words.apart)
	if err != nil {
		return nil, err
	}
	b := &ruleBook{lexicon: lex, frames: map[string][]sequence{}}
	var faults []error
	frames := map[string][]string{"idiom": words.Idioms, "negator": words.Negators, "not negator": words.NotNegators,
		"policy": words.Policy, "specific": words.Specific, "fiction": words.Fiction, "involved": words.Involved,
		"past": words.Past, "present": words.Present, "safe": words.Safe, "family": words.Family, "worker": words.Workers,
		"child": words.Children, "young": words.Young, "caregiver": words.Carers, "official": words.Officials, "bystander": words.Bystanders,
		"method": words.Method, "calm": words.Calm, "other": words.Others}
	for _, name := range slices.Sorted(maps.Keys(frames)) {
		patterns := frames[name]
		if b.frames[name], err = lex.compileAll(patterns); err != nil {
			faults = append(faults, fmt.Errorf("lexicon, %s: %w", name, err))
		}
	}
	for _, set := range sets {
		if err := b.load(set); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", set.name, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lex.classes)) { // also those that no rule uses: the classifier sees them
		if _, err := lex.element(piece{word: name, class: true}); err != nil {
			faults = append(faults, err)
		}
	}
	b.index()
	return b, errors.Join(faults...)
}

func readYAML(files fs.FS, name string, into any) error {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// ruleSet is one file of rules. Its classes and idioms serve all files.
type ruleSet struct {
	Category Category `yaml:"category"`
	// Apart keeps classes and claims of the file from the classifier. Sure rules count without it, and what it does not
	// see it does not have to be trained on anew: that moves its judgement of all other messages.
	Apart   bool                `yaml:"apart"`
	Classes map[string][]string `yaml:"classes"`
	Idioms  []string            `yaml:"idioms"`
	Rules   []*rule             `yaml:"rules"`

	name string
}

func (v *vocabulary) take(set ruleSet) error {
	for name, words := range set.Classes {
		if _, taken := v.Classes[name]; taken {
			return fmt.Errorf("%s: class %q is there already", set.name, name)
		}
		v.Classes[name] = words
		if set.Apart {
			v.apart = append(v.apart, name)
		}
	}
	v.Idioms = append(v.Idioms, set.Idioms...)
	return nil
}

func (b *ruleBook) load(set ruleSet) error {
	if !slices.Contains(Categories, set.Category) {
		return fmt.Errorf("category %q does not exist", set.Category)
	}
	var faults []error
	for _, r := range set.Rules {
		r.category, r.number, r.hash, r.apart = set.Category, len(b.rules), hashOf("rule "+r.ID), set.Apart
		if set.Apart && !r.Sure {
			faults = append(faults, fmt.Errorf("rule %s: apart and not sure", r.ID))
		}
		if err := b.compile(r); err != nil {
			faults = append(faults, fmt.Errorf("rule %s: %w", r.ID, err))
		}
		b.rules = append(b.rules, r)
	}
	return errors.Join(faults...)
}

func (b *ruleBook) compile(r *rule) (err error) {
	switch {
	case r.ID == "" || slices.ContainsFunc(b.rules, func(o *rule) bool { return o.ID == r.ID }):
		return fmt.Errorf("id %q is missing or taken", r.ID)
	case r.Level < Distress || r.Level > Imminent:
		return fmt.Errorf("level %d", r.Level)
	case len(r.Yes) < 2 || len(r.No) < 2:
		return fmt.Errorf("two examples and two counter-examples are wanted")
	case !slices.Contains([]string{"", "clause", "sentence", "message"}, r.Scope):
		return fmt.Errorf("scope %q", r.Scope)
	case !slices.Contains([]string{"", "family", "worker", "other"}, r.Actor):
		return fmt.Errorf("actor %q", r.Actor)
	case slices.ContainsFunc(r.Flags, func(f Flag) bool { return !f.valid() }):
		return fmt.Errorf("flags %v", r.Flags)
	}
	if r.cue, err = b.lexicon.compileAll(r.Cue); err != nil {
		return err
	}
	if len(r.cue) == 0 {
		return fmt.Errorf("no cue")
	}
	for _, g := range r.And {
		sequences, err := b.lexicon.compileAll(g)
		if err != nil {
			return err
		}
		r.and = append(r.and, sequences)
	}
	r.not, err = b.lexicon.compileAll(r.Not)
	return err
}

func (l *lexicon) compileAll(patterns []string) ([]sequence, error) {
	var all []sequence
	for _, p := range patterns {
		sequences, err := l.compile(p)
		if err != nil {
			return nil, err
		}
		all = append(all, sequences...)
	}
	return all, nil
}

// cueOf is one cue of a rule.
type cueOf struct {
	rule *rule
	cue  *sequence
}

// index files every cue under the element that is to be expected least often, so that few are looked at in vain.
func (b *ruleBook) index() {
	b.by = make([][]cueOf, len(b.lexicon.elements))
	for _, r := range b.rules {
		for i := range r.cue {
			key := r.cue[i].steps[r.cue[i].key].element
			b.by[key] = append(b.by[key], cueOf{r, &r.cue[i]})
		}
	}
	b.lexicon.fast = newTrie(b.lexicon.next)
}
