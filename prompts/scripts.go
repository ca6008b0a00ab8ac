// Package prompts holds the words that are said when a message may mean danger: approved scripts instead of free
// text, the hotlines they name, and the guard over generated text. It decides nothing about danger; it is told the
// situation, the listener and the level, and answers with bubbles.
//
// Levels are 2 concern, 3 high, 4 imminent. The scripts are drafts until a clinician and a lawyer have signed them:
// see Script.Approved, Book.Approved and docs/安全话术.md.
package prompts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed scripts/*.yaml hotlines.json
var files embed.FS

// Situation is what a script is about. The concern topics exist at level 2 only, the others at 3 and 4.
type Situation string

const (
	ConcernGeneral  Situation = "concern_general"
	ConcernSuicide  Situation = "concern_suicide" // and self-harm
	ConcernBullying Situation = "concern_bullying"
	ConcernCarer    Situation = "concern_carer"    // burnout
	ConcernDistress Situation = "concern_distress" // and bereavement
	ConcernHome     Situation = "concern_home"

	Suicide Situation = "suicide" // for a grown-up listener: of a child near him
	// OwnSuicide is for a grown-up who wants to die or harms himself: "go to the child" would be the wrong answer.
	OwnSuicide     Situation = "own_suicide"
	SelfHarm       Situation = "self_harm"
	HomeViolence   Situation = "home_violence"
	SexualAbuse    Situation = "sexual_abuse"
	OnlineCoercion Situation = "online_coercion"
	Neglect        Situation = "neglect"
	Confinement    Situation = "confinement" // and trafficking
	Begging        Situation = "begging"     // and child labour
	// CaregiverHarm is for a carer who has hurt the child or fears to; for a child, what HomeViolence says.
	CaregiverHarm Situation = "caregiver_harm"
	Violence      Situation = "violence"
	Medical       Situation = "medical"
	Runaway       Situation = "runaway" // and missing
	Bullying      Situation = "bullying"
	Danger        Situation = "danger" // substances, dangerous games, voices

	HelpButton Situation = "help_button" // also where nothing more exact is known
	NoHuman    Situation = "no_human"    // the ticket has no taker yet
	AfterHigh  Situation = "after_high"  // one bubble before a policy answer in a session that was high

	// When the person writes on after a grave script: see FollowUp.
	FollowWhere Situation = "follow_where"
	FollowWho   Situation = "follow_who"
	FollowHurt  Situation = "follow_hurt"
	FollowStay  Situation = "follow_stay" // asks nothing and may be repeated
)

// Audience is who reads the script.
type Audience string

const (
	SmallChild Audience = "small_child" // about eight years and younger
	Teenager   Audience = "teenager"    // also where the reader is unknown: the words fit a grown-up too
	Caregiver  Audience = "caregiver"
	Bystander  Audience = "bystander" // a friend, neighbour, teacher; may be a child
	Director   Audience = "director"  // 儿童主任, social worker: has a duty to report
)

// Situations and Audiences list every value, in the order of the documentation.
var (
	Situations = []Situation{ConcernGeneral, ConcernSuicide, ConcernBullying, ConcernCarer, ConcernDistress, ConcernHome,
		Suicide, OwnSuicide, SelfHarm, HomeViolence, SexualAbuse, OnlineCoercion, Neglect, Confinement, Begging, CaregiverHarm,
		Violence, Medical, Runaway, Bullying, Danger, HelpButton, NoHuman, AfterHigh,
		FollowWhere, FollowWho, FollowHurt, FollowStay}
	Audiences = []Audience{SmallChild, Teenager, Caregiver, Bystander, Director}
)

// concernOf is the topic at level 2 of a situation that is graver by itself.
var concernOf = map[Situation]Situation{
	Suicide: ConcernSuicide, OwnSuicide: ConcernSuicide, SelfHarm: ConcernSuicide,
	HomeViolence: ConcernHome, SexualAbuse: ConcernHome, Neglect: ConcernHome, Confinement: ConcernHome, Begging: ConcernHome,
	CaregiverHarm: ConcernCarer, Bullying: ConcernBullying, OnlineCoercion: ConcernBullying,
}

// graveOf is the situation of a topic whose session has risen to level 3 or 4.
var graveOf = map[Situation]Situation{
	ConcernSuicide: Suicide, ConcernBullying: Bullying, ConcernCarer: CaregiverHarm, ConcernHome: HomeViolence,
	ConcernGeneral: HelpButton, ConcernDistress: HelpButton,
}

// Script is one answer in bubbles, with {{placeholders}} for numbers and for the state of the human queue.
type Script struct {
	ID         string    `yaml:"id"` // audience_situation@level
	Situation  Situation `yaml:"situation"`
	Audience   Audience  `yaml:"audience"`
	Level      int       `yaml:"level"`
	Version    int       `yaml:"version"`     // rises with every change of words
	ApprovedBy string    `yaml:"approved_by"` // empty: a draft (待核)
	ApprovedOn string    `yaml:"approved_on"` // 2006-01-02
	Bubbles    []string  `yaml:"bubbles"`

	clauses [][]string // of each bubble
}

// Approved tells whether somebody has signed these words.
func (s Script) Approved() bool { return s.ApprovedBy != "" && s.ApprovedOn != "" }

// Book is a valid set of scripts and hotlines. It does not change; use LoadHotlines for another one.
type Book struct {
	scripts  map[string]Script
	same     map[string]string // id asked for -> id with the same words
	sympathy map[Audience][]string
	order    []string
	hotlines []entry
	doubted  map[string]bool // numbers that the built-in list says are not to be shown
	versions Versions
}

// Versions names the exact words and numbers, for the record of what was shown.
type Versions struct{ Scripts, Hotlines string }

func (v Versions) String() string { return "scripts:" + v.Scripts + " hotlines:" + v.Hotlines }

// Load returns the built-in scripts and hotlines. They are read, and every rule of wording is checked, once.
func Load() (*Book, error) { return builtIn() }

var builtIn = sync.OnceValues(read)

func read() (*Book, error) {
	b := &Book{scripts: map[string]Script{}, same: map[string]string{}, sympathy: map[Audience][]string{}}
	if err := b.readScripts(files, "scripts"); err != nil {
		return nil, err
	}
	entries, err := readHotlines(files, "hotlines.json")
	if err != nil {
		return nil, err
	}
	b.doubted = doubtedNumbers(entries)
	b.setHotlines(entries)
	if err := b.validate(); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Book) readScripts(fsys fs.FS, dir string) error {
	names, err := fs.Glob(fsys, dir+"/*.yaml")
	if err != nil {
		return fmt.Errorf("list scripts: %w", err)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		sum.Write(data)
		switch path.Base(name) {
		case "same.yaml":
			err = strictYAML(data, &b.same)
		case "sympathy.yaml":
			err = strictYAML(data, &b.sympathy)
		default:
			err = b.addScripts(data)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	b.versions.Scripts = hex.EncodeToString(sum.Sum(nil))[:12]
	return nil
}

func (b *Book) addScripts(data []byte) error {
	var scripts []Script
	if err := strictYAML(data, &scripts); err != nil {
		return err
	}
	for _, s := range scripts {
		if _, double := b.scripts[s.ID]; double {
			return fmt.Errorf("%s stands twice", s.ID)
		}
		for _, bubble := range s.Bubbles {
			s.clauses = append(s.clauses, clauseForm.FindAllString(bubble, -1))
		}
		b.scripts[s.ID] = s
		b.order = append(b.order, s.ID)
	}
	return nil
}

func strictYAML(data []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// Scripts returns all scripts in the order of the files.
func (b *Book) Scripts() []Script {
	scripts := make([]Script, len(b.order))
	for i, id := range b.order {
		scripts[i] = b.scripts[id]
	}
	return scripts
}

// Approved tells whether every script has been signed. Drafts are shown all the same: silence would be worse.
func (b *Book) Approved() bool {
	return !slices.ContainsFunc(b.Scripts(), func(s Script) bool { return !s.Approved() })
}

// Versions names the words and numbers in use.
func (b *Book) Versions() Versions { return b.versions }

// ScriptFor returns the words for a situation, a listener and a level. It always finds some: an unknown listener reads
// what a teenager reads, an unknown situation is the help button, and a level that the situation lacks becomes the
// nearest one (a suicide at 2 is the concern about suicide; a concern at 3 is the grave situation behind it).
func (b *Book) ScriptFor(situation Situation, audience Audience, level int) Script {
	id := scriptID(placed(situation, audience, level))
	if other, ok := b.same[id]; ok {
		id = other
	}
	return b.scripts[id]
}

func placed(situation Situation, audience Audience, level int) (Situation, Audience, int) {
	level = min(max(level, 2), 4)
	if !slices.Contains(Audiences, audience) {
		audience = Teenager
	}
	grave, concern := graveOf[situation]
	switch {
	case concern && level > 2:
		situation = grave
	case concern:
	case situation == HelpButton || situation == NoHuman || situation == AfterHigh || isFollowUp(situation):
		level = max(level, 3)
	case level == 2:
		situation = topicOf(situation)
	case !slices.Contains(Situations, situation):
		situation = HelpButton
	}
	return situation, audience, level
}

func topicOf(situation Situation) Situation {
	if topic, ok := concernOf[situation]; ok {
		return topic
	}
	return ConcernGeneral
}

func scriptID(situation Situation, audience Audience, level int) string {
	return fmt.Sprintf("%s_%s@%d", audience, situation, level)
}

// levelsOf lists the levels at which a situation has words of its own.
func levelsOf(situation Situation) []int {
	if _, concern := graveOf[situation]; concern {
		return []int{2}
	}
	return []int{3, 4}
}
