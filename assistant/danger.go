package assistant

import (
	"slices"
	"strings"
	"sync"
	"time"

	"xiaohe/assistant/triage"
	"xiaohe/knowledge/lexical"
	"xiaohe/prompts"
)

// safety is what guards every turn.
type safety struct {
	triage  *triage.Triage
	scripts *prompts.Book
}

// guard loads the embedded rules for danger and the scripts, once. Without them nothing may start: they are broken
// only in a program that no test has passed.
var guard = sync.OnceValue(func() safety {
	t, err := triage.New(lexical.Simplified())
	if err != nil {
		panic(err)
	}
	scripts, err := prompts.Load()
	if err != nil {
		panic(err)
	}
	return safety{t, scripts}
})

// Watch is what a conversation remembers of danger and of needing a person: triage's own memory, what was said about it,
// how often nothing was found. It is stored with each assessment and handed back with the next message.
type Watch struct {
	Session triage.Session `json:"session"`
	Shown   []string       `json:"shown,omitempty"` // ids of the scripts that were shown
	AISaid  bool           `json:"ai_said"`         // that no human is writing
	Speaker triage.Speaker `json:"speaker,omitempty"`
	Young   bool           `json:"young,omitempty"`
	Missed  int            `json:"missed,omitempty"` // questions in a row for which nothing was found
}

// Said is a message of the user.
type Said struct {
	Text string
	At   time.Time
}

// Danger is what triage found in a message and what the person reads because of it.
type Danger struct {
	triage.Result
	Watch Watch            // for the next message
	Reply *prompts.Reply   // the script; nil where there is none
	Only  bool             // nothing but the script is said (L3 and more)
	Words prompts.Versions // of scripts and hotlines

	Second *Judged // the second opinion that is taken in; nil while there is none
}

// Notice tells whether a guardian may be told: never by the software, and not even by a human's routine where a
// family member may be the one who does harm.
func (d Danger) Notice() string {
	switch {
	case d.GuardianSuspect:
		return "suppressed"
	case d.Level >= triage.High:
		return "human_decides"
	}
	return "none"
}

// notice assesses a message before anything else is done with it, and chooses what is said about it.
func (a *Assistant) notice(conv Conversation, text string) Danger {
	watch := a.catchUp(conv)
	before := watch.Session.Level(conv.Now)
	in := inputOf(conv, watch, text)
	d := Danger{Result: a.triage.Assess(in), Words: a.scripts.Versions()}
	if conv.judged != nil {
		d.Result = a.triage.Merge(in, d.Result, conv.judged.Opinion)
	}
	if d.Speaker == triage.Unknown {
		d.Speaker, d.Young = watch.Speaker, d.Young || watch.Young
	}
	watch.Session = watch.Session.After(in, d.Result)
	watch.Speaker, watch.Young = d.Speaker, d.Young
	a.choose(&d, &watch, before, conv, text)
	d.Watch = watch
	return d
}

// inputOf is what triage reads of a message.
func inputOf(conv Conversation, watch Watch, text string) triage.Input {
	return triage.Input{Text: text, Speaker: conv.Speaker, Session: watch.Session, Now: conv.Now}
}

// Urgent is a first look at a message alone, to decide whose turn comes first: nothing rests on it.
func (a *Assistant) Urgent(text string) bool {
	return a.triage.Assess(triage.Input{Text: text, Now: time.Now()}).Level >= triage.High
}

// catchUp takes in messages that no turn has assessed, since it failed.
func (a *Assistant) catchUp(conv Conversation) Watch {
	watch := conv.Watch
	for _, said := range conv.Unassessed {
		in := triage.Input{Text: said.Text, Speaker: conv.Speaker, Session: watch.Session, Now: said.At}
		watch.Session = watch.Session.After(in, a.triage.Assess(in))
	}
	return watch
}

// choose picks the script: the one of the situation where the danger is new, a follow-up with the next safety
// question where it was shown already, one bubble before the answer to an ordinary question (S9).
func (a *Assistant) choose(d *Danger, watch *Watch, before triage.Level, conv Conversation, text string) {
	r := prompts.Request{Situation: d.situation(), Audience: d.audience(), Level: int(d.Level), Region: conv.Region.Short(), On: conv.Now, AISaid: watch.AISaid}
	if r.Situation == prompts.OwnSuicide && d.Level == triage.Concern { // the carer's words are about a child
		r.Audience = prompts.Teenager
	}
	fresh := d.Level > before || d.MessageLevel >= triage.High && !slices.Contains(watch.Shown, a.scripts.ScriptFor(r.Situation, r.Audience, r.Level).ID)
	switch {
	case d.Level < triage.Concern || d.Level == triage.Concern && d.MessageLevel < triage.Concern && d.Level == before:
		return
	case d.Level == triage.Concern:
	case fresh:
		d.Only = true
	case d.MessageLevel < triage.Concern && asksOrdinary(text):
		r.Situation = prompts.AfterHigh
	default:
		d.Only = true
		r.Situation = a.scripts.NextFollowUp(watch.Shown)
	}
	reply := a.scripts.Render(r)
	d.Reply = &reply
	watch.AISaid = watch.AISaid || d.Level >= triage.High
	if !slices.Contains(watch.Shown, reply.ID) {
		watch.Shown = append(slices.Clip(watch.Shown), reply.ID)
	}
}

// ordinary words mark a question about help with money and papers: it is answered even while a human is called.
var ordinary = []string{"补贴", "补助", "低保", "申请", "政策", "领", "多少钱", "材料", "户口", "学费", "标准", "条件", "手续", "办理", "报销", "救助金", "生活费", "残疾证"}

func asksOrdinary(text string) bool {
	return slices.ContainsFunc(ordinary, func(w string) bool { return strings.Contains(text, w) })
}

// audience is who reads the script. Where nobody is recognised the words for a teenager fit a grown-up too.
func (d Danger) audience() prompts.Audience {
	switch {
	case d.Speaker == triage.Caregiver:
		return prompts.Caregiver
	case d.Speaker == triage.ThirdParty:
		return prompts.Bystander
	case d.Speaker == triage.Worker:
		return prompts.Director
	case d.Young:
		return prompts.SmallChild
	}
	return prompts.Teenager
}

// situations are the scripts of each category.
var situations = map[triage.Category]prompts.Situation{
	triage.Suicide: prompts.Suicide, triage.SelfHarm: prompts.SelfHarm, triage.PhysicalAbuse: prompts.HomeViolence,
	triage.SexualAbuse: prompts.SexualAbuse, triage.Neglect: prompts.Neglect, triage.Trafficking: prompts.Confinement,
	triage.Runaway: prompts.Runaway, triage.Bullying: prompts.Bullying, triage.CaregiverHarm: prompts.CaregiverHarm,
	triage.Violence: prompts.Violence, triage.Medical: prompts.Medical, triage.Danger: prompts.Danger,
	triage.Distressed: prompts.ConcernDistress,
}

// situation is that of the strongest evidence that names one.
func (d Danger) situation() prompts.Situation {
	for _, e := range d.Evidence {
		situation, known := situations[e.Category]
		named := slices.IndexFunc(d.Evidence, func(o triage.Evidence) bool {
			return o.Script != "" && o.Category == e.Category && o.Level == e.Level
		})
		switch {
		case named >= 0:
			return prompts.Situation(d.Evidence[named].Script)
		case !known:
		case e.Category == triage.CaregiverHarm && d.Speaker != triage.Caregiver && d.shows(triage.PhysicalAbuse, e.Level):
			return prompts.HomeViolence // somebody else tells of the carer: the words are for the one who tells
		case (situation == prompts.Suicide || situation == prompts.SelfHarm) && d.Speaker == triage.Caregiver && !d.Other:
			return prompts.OwnSuicide
		default:
			return situation
		}
	}
	if d.Level >= triage.High {
		return prompts.HelpButton
	}
	return prompts.ConcernGeneral
}

// shows tells whether there is evidence of a kind of danger at a level.
func (d Danger) shows(category triage.Category, level triage.Level) bool {
	return slices.ContainsFunc(d.Evidence, func(e triage.Evidence) bool { return e.Category == category && e.Level >= level })
}

// report fills in what the contract of `xiaohe ask --json` tells of triage and handover.
func (d Danger) report(text string, t *Turn) {
	t.Danger = d
	t.Triage = Triage{Level: d.Level.String(), Flags: []string{}, Signals: []Signal{}}
	for _, f := range d.Flags {
		t.Triage.Flags = append(t.Triage.Flags, string(f))
	}
	for _, e := range d.Evidence {
		t.Triage.Signals = append(t.Triage.Signals, Signal{Category: string(e.Category), Quote: e.Quote(text)})
	}
	t.Handoff = d.handoff()
}

// Handoff is why a person is called, and how urgent it is: P0 at L4, P1 at L3, P2 where triage itself broke.
type Handoff struct {
	Priority string `json:"priority"`
	Reason   string `json:"reason"`
}

func (d Danger) handoff() *Handoff {
	reason := "danger"
	if category := d.category(); category != "" {
		reason = string(category)
	}
	switch {
	case d.Level >= triage.Imminent:
		return &Handoff{"P0", reason}
	case d.Level >= triage.High:
		return &Handoff{"P1", reason}
	case d.Failed():
		return &Handoff{"P2", "triage_failed"}
	}
	return nil
}

func (d Danger) category() triage.Category {
	if len(d.Categories) == 0 {
		return ""
	}
	return d.Categories[0]
}

// sad tells whether the message shows distress and nothing worse: a kind word goes before the answer.
func (d Danger) sad() bool {
	return d.MessageLevel == triage.Distress && d.category() == triage.Distressed
}

// Before puts the script, if there is one, before the ordinary words of an answer: one paragraph a bubble.
func (d Danger) Before(ordinary string) string {
	if d.Reply == nil {
		return ordinary
	}
	return strings.TrimSpace(strings.Join(d.Reply.Bubbles, "\n\n") + "\n\n" + ordinary)
}

// lead is what stands before ordinary words: the script, or a kind word.
func (d Danger) lead(kind string) string {
	if d.Reply == nil {
		return kind
	}
	return strings.Join(d.Reply.Bubbles, "\n\n") + "\n\n"
}

// Script names the script that was shown, with its version; empty where there was none.
func (d Danger) Script() string {
	if d.Reply == nil {
		return ""
	}
	return d.Reply.Name()
}
